"""Guardrails: what must not suffer while a KPI is pursued -> its state every night, with the numbers that say why."""
