"""What any row of the production record may be: lengths, days, and of which pilots it is kept."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import models

from pilots.actions.by import Reason, Refused
from pilots.actions.change import as_json, refuse_unstorable
from pilots.calendar import EARLIEST, Day
from pilots.models import Pilot

LATEST = date(2100, 12, 31)
MOST_ROWS = 200


def refuse_ended(pilot: Pilot) -> None:
    if pilot.is_ended:
        sentence = f"It is {pilot.at_stage.label.lower()}, so its production record is closed."
        raise Refused.because(sentence, code="ended")


def refuse_too_many(count: int, noun: str, *, most: int = MOST_ROWS) -> None:
    if count > most:
        sentence = f"A pilot has at most {most} {noun}. Remove some of them first."
        raise Refused.because(sentence, code="too-many")


def tidy(row: models.Model, names: Iterable[str]) -> None:
    """Take white space off the ends of texts."""
    for name in names:
        value = getattr(row, name)
        if isinstance(value, str):
            setattr(row, name, value.strip())


def faults_of_texts(row: models.Model, names: Iterable[str]) -> list[Reason]:
    """Return what is too long for its column; raise `Refused` for text no database can hold."""
    texts = {name: getattr(row, name) for name in names}
    refuse_unstorable(texts)
    reasons = []
    for name, text in texts.items():
        longest = row._meta.get_field(name).max_length  # type: ignore[union-attr]  # texts are columns
        if longest is not None and len(text) > longest:
            sentence = f"Write at most {longest:,} characters; these are {len(text):,}."
            reasons.append(Reason(sentence, name, "length"))
    return reasons


def faults_of_days(row: models.Model, names: Iterable[str], *, up_to: date | None) -> list[Reason]:
    """Return which days lie outside what is kept, or after `up_to`; None where a day may still come."""
    reasons = []
    for name in names:
        day: date | None = getattr(row, name)
        if day is None:
            continue
        if not EARLIEST <= day <= LATEST:
            reasons.append(Reason(f"{Day(day)} is outside 1990 to 2100.", name, "year"))
        elif up_to is not None and day > up_to:
            reasons.append(Reason(f"{Day(day)} has not come yet.", name, "future"))
    return reasons


def versions(pilot: Pilot, version: int | None) -> dict[int, int]:
    return {} if version is None else {pilot.pk: version}


def told(row: models.Model, names: Iterable[str]) -> dict[str, Any]:
    """Return a row as events keep it, what is not known left out."""
    values = {name: getattr(row, name) for name in names}
    return {name: as_json(value) for name, value in values.items() if value not in (None, "")}


def changed(
    before: Mapping[str, Any], after: Mapping[str, Any], *, known_by: str
) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Return what was and what is, of what changed alone, each with the name of the row; None for nothing."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    if not names:
        return None
    names = list(dict.fromkeys([known_by, *names]))
    return {name: before.get(name) for name in names}, {name: after.get(name) for name in names}


def refuse_unknown(names: Iterable[str], editable: Iterable[str]) -> None:
    """Raise `ValueError` for a name that is no field: a mistake in the program, not of a person."""
    if unknown := set(names) - set(editable):
        raise ValueError(f"Not editable: {', '.join(sorted(unknown))}.")
