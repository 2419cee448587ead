"""One sound row of every model of Headway, so that what the database refuses can be tried on each table."""

import itertools
import uuid
from datetime import UTC, date, datetime

from django.apps import apps
from django.db import models

OURS = (
    "access",
    "pilots",
    "kpis",
    "outbox",
    "digests",
    "exchange",
    "visits",
    "benchmarks",
    "pace",
    "steering",
)
NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 18)

# What a field's kind and default do not tell about a sound row.
SOUND = {
    "pilots.Evidence": {"text": "Measured in two teams."},
    "pilots.Hold": {"review_on": date(2027, 1, 4)},
    "pilots.LogEntry": {"text": "Going well."},
    "pilots.StageTransition": {"to_stage": "idea"},
    "pilots.RolloutStep": {"kind": "limited", "share_percent": 5},
    "pilots.StageSpan": {"is_last": False},
    "pilots.Plan": {"replaced_at": NOW},
    "pilots.ProgramLine": {"hit": 1, "eligible": 2},
    "kpis.Kpi": {"baseline": 14, "target": 9},
    "kpis.LedgerEntry": {"category": "compute"},
    "digests.DigestWeek": {"note": "due"},
    "digests.Escalation": {"level": "owner"},
    "access.ApiToken": {"digest": None},
    "pace.Forecast": {
        "quarter": date(2027, 1, 1),
        "low": 0,
        "middle": 1,
        "high": 2,
        "open": 5,
        "level": 0.8,
        "constant": 0.1,
    },
    "steering.PackShare": {"expires_at": datetime(2026, 12, 1, tzinfo=UTC)},
    "steering.Sharing": {"id": 1},
}


def our_models():
    return [model for model in apps.get_models() if model._meta.app_label in OURS]


class Rows:
    """Makes rows, and once those they point at."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._kept = {}

    def sound(self, model, **fields):
        """Return a row, not stored, that breaks nothing; unique texts are new each time."""
        values = dict(SOUND.get(model._meta.label, {}))
        for field in model._meta.concrete_fields:
            if field.name not in values and not field.primary_key and self._is_asked(field):
                values[field.name] = self._value(field)
            elif field.name in values and values[field.name] is None:
                values[field.name] = f"{next(self._numbers):064d}"
        if fields.keys() & {"number", "key"} == set() and model._meta.label == "pilots.Pilot":
            values["key"] = f"ROW-{values['number']}"
        return model(**values | fields)

    def kept(self, model):
        """Return one stored row of a model."""
        if model not in self._kept:
            row = self.sound(model)
            model._default_manager.bulk_create([row])
            self._kept[model] = row
        return self._kept[model]

    def _is_asked(self, field) -> bool:
        if isinstance(field, models.CharField | models.TextField) and field.blank:
            return False
        return not (field.null or field.has_default() or field.has_db_default())

    def _value(self, field):
        if field.is_relation:
            return self.kept(field.related_model)
        number = next(self._numbers)
        if field.choices:
            return next(value for value, _ in field.flatchoices if value != "")
        if isinstance(field, models.DateTimeField):
            return NOW
        if isinstance(field, models.DateField):
            return TODAY
        if isinstance(field, models.UUIDField):
            return uuid.UUID(int=number)
        if isinstance(field, models.BooleanField):
            return False
        if isinstance(field, models.DecimalField | models.IntegerField):
            return number % 30_000
        if isinstance(field, models.JSONField):
            return {}
        if isinstance(field, models.EmailField):
            return f"row{number}@example.com"
        return f"R{number}"[: field.max_length]
