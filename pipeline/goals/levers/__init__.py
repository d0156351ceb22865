"""Levers: what each factor of a goal could still bring by the end of its period."""
