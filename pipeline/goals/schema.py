"""JSON Schema of the files that hold goals, agreements and initiatives."""

from __future__ import annotations

from pipeline.goals.agreement_spec import AgreementFile
from pipeline.goals.initiative_spec import InitiativeFile
from pipeline.goals.spec import _File
from pipeline.schema import Schema, file_schema, forms


def goals_schema() -> Schema:
    """Return the schema of a file under metrics/goals/."""
    made = forms(_File)
    whole = dict(made.definitions.pop(_File.__name__))
    schema = file_schema("kgi: goals", whole["properties"], made.definitions, required=whole["required"], others=False)
    return {**schema, "anyOf": [{"required": ["kgi"]}, {"required": ["guardrails"]}, {"required": ["phases"]}]}


def agreements_schema() -> Schema:
    """Return the schema of a file under metrics/agreements/."""
    made = forms(AgreementFile)
    whole = dict(made.definitions.pop(AgreementFile.__name__))
    return file_schema("kgi: agreements", whole["properties"], made.definitions, required=whole["required"], others=False)


def initiatives_schema() -> Schema:
    """Return the schema of a file under metrics/initiatives/."""
    made = forms(InitiativeFile)
    whole = dict(made.definitions.pop(InitiativeFile.__name__))
    return file_schema("kgi: initiatives", whole["properties"], made.definitions, required=whole["required"], others=False)
