"""Reads which of our constraints the database held, from either engine's words."""

import re
from dataclasses import dataclass
from functools import cache

from django.apps import apps
from django.db import IntegrityError
from django.db.models import CheckConstraint, Model, UniqueConstraint

OURS = ("access", "pilots", "kpis")
_SIMULTANEOUS = "This clashes with something that was saved before. Read it again, then retry."
_IMPOSSIBLE = "This cannot be stored: it breaks a rule every row keeps."


@dataclass(frozen=True)
class Clash:
    code: str
    sentence: str


def find_clash(error: IntegrityError) -> Clash | None:
    """Return the clash an error tells of; None where it names no constraint of ours: that is a fault."""
    text = str(error)
    cause = getattr(error.__cause__, "diag", None)
    name = getattr(cause, "constraint_name", None)
    if name is None:
        match = re.search(r"(?:CHECK constraint failed: |index ')([\w]+)", text)
        name = match[1] if match else text.rpartition("UNIQUE constraint failed: ")[2]
    return _known().get(name)


@cache
def _known() -> dict[str, Clash]:
    """Every constraint by its name and, for SQLite, by the columns it names instead."""
    known: dict[str, Clash] = {}
    for label in OURS:
        for model in apps.get_app_config(label).get_models():
            table = model._meta.db_table
            for field in model._meta.concrete_fields:
                if field.unique and not field.primary_key:
                    clash = Clash(f"{model._meta.model_name}-{field.name}-once", _SIMULTANEOUS)
                    known[f"{table}.{field.column}"] = known[f"{table}_{field.column}_key"] = clash
            for constraint in model._meta.constraints:
                clash = Clash(constraint.name, _sentence(constraint))
                known[constraint.name] = clash
                if isinstance(constraint, UniqueConstraint) and constraint.fields:
                    columns = [_column(model, name) for name in constraint.fields]
                    known[", ".join(f"{table}.{column}" for column in columns)] = clash
    return known


def _column(model: type[Model], name: str) -> str:
    field = next(field for field in model._meta.concrete_fields if field.name == name)
    return str(field.column)


def _sentence(constraint: object) -> str:
    own = getattr(constraint, "violation_error_message", None)
    default = getattr(constraint, "default_violation_error_message", None)
    if own and own != default:
        return str(own)
    return _IMPOSSIBLE if isinstance(constraint, CheckConstraint) else _SIMULTANEOUS
