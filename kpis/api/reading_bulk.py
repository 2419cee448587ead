"""Many readings in one body: taken apart, and refused row by row."""

from collections.abc import Sequence
from typing import Any

from rest_framework.exceptions import ErrorDetail, ValidationError

from kpis.actions.measurement import NewReading, ReadingsRefused, Unread
from kpis.api.reading_fields import Faults, find_kpis, read_reading, unseen
from kpis.api.reading_shapes import of_row, pointer_of
from kpis.reading import MOST_READINGS, too_many
from pilots.access.models import User
from pilots.actions.by import Reason, Refused

LONGEST_NAME = 200  # of what a refused row is named by: it is told back, and kept nowhere


def read_rows(sent: Any, *, user: User) -> list[NewReading | Unread]:
    """Return the rows of a body as readings, or as what is wrong with them; counted before any is built."""
    read = [read_reading(one, names_kpi=True) for one in _rows_of(sent)]
    kpis = find_kpis([values["kpi"] for values, _ in read if "kpi" in values], user=user)
    news: list[NewReading | Unread] = []
    for values, faults in read:
        kpi = kpis.get(values.get("kpi", ""))
        if kpi is None and "kpi" in values:
            faults["kpi"] = unseen(values["kpi"])
        if faults or kpi is None:
            news.append(Unread(tuple(_reason(name, detail) for name, detail in faults.items())))
        else:
            values["kpi"] = kpi
            news.append(NewReading(**values))
    return news


def _reason(name: str, detail: ErrorDetail) -> Reason:
    return Reason(str(detail), name, detail.code or "invalid")


def names_of(sent: Any) -> list[tuple[str | None, str | None]]:
    """Return how each row of a body that could be read names its KPI and itself, None where it does not."""
    return [(_text(row, "kpi"), _text(row, "external_id")) for row in sent["measurements"]]


def _text(row: Any, name: str) -> str | None:
    value = row.get(name) if isinstance(row, dict) else None
    return value[:LONGEST_NAME] if isinstance(value, str) else None


def _rows_of(sent: Any) -> Sequence[Any]:
    faults = {
        name: ErrorDetail(f"“{name[:40]}” cannot be written. Known here: measurements.", code="unknown-field")
        for name in sent
        if name != "measurements"
    }
    rows = sent.get("measurements")
    if "measurements" not in sent:
        faults["measurements"] = ErrorDetail("“measurements” is missing. Send it.", code="required")
    elif not isinstance(rows, list):
        detail = "This is not a list. Send one, in square brackets."
        faults["measurements"] = ErrorDetail(detail, code="not_a_list")
    elif not rows:
        faults["measurements"] = ErrorDetail("This is empty. Send at least one reading.", code="empty")
    elif len(rows) > MOST_READINGS:
        faults["measurements"] = ErrorDetail(too_many(len(rows)), code="too-many")
    if faults:
        raise ValidationError(faults)
    return list(rows)


def unreadable(faults: Faults) -> ValidationError:
    return ValidationError({name or "non_field_errors": detail for name, detail in faults.items()})


class BulkRefused(Refused):
    """What is wrong with rows that could all be read; the body lists it row by row."""

    def __init__(self, refusal: ReadingsRefused) -> None:
        super().__init__(
            Reason(of_row(place, reason), pointer_of(place, reason.field).removeprefix("/"), reason.code)
            for place, reasons in refusal.rows.items()
            for reason in reasons
        )

    def __str__(self) -> str:
        return "Nothing was recorded. Each row that cannot be is named below."


def refusal_of(refusal: ReadingsRefused, news: Sequence[NewReading | Unread]) -> Exception:
    """Return the refusal of a whole body: 400 where some of it is no reading at all, 409 otherwise."""
    if not any(isinstance(new, Unread) for new in news):
        return BulkRefused(refusal)
    rows: dict[str, dict[str, list[ErrorDetail]]] = {}
    for place, reasons in refusal.rows.items():
        for reason in reasons:
            named = rows.setdefault(str(place), {}).setdefault(reason.field or "non_field_errors", [])
            named.append(ErrorDetail(of_row(place, reason), code=reason.code))
    return ValidationError({"measurements": rows})
