"""Reads a reading as somebody sent it: JSON in, plain values and faults out.

By hand rather than field by field: a thousand readings are read in the time in which serializers read a
hundred. `tests/api/test_measurements.py` holds it to what the description says.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from rest_framework.exceptions import ErrorDetail

from kpis.actions.measurement import LONGEST_REASON
from kpis.models import Kpi
from kpis.oneline import TOO_MANY_DIGITS, fits
from kpis.reading import TEXTS
from kpis.terms import Provenance
from pilots.access.models import User
from pilots.web.filter_fields import FIRST_YEAR, LAST_YEAR

ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9]{1,7}-[1-9][0-9]{0,9})/([-a-zA-Z0-9_]{1,80})")
LONGEST_LABEL = 100
_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    _DAY.pattern + r"T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_PROVENANCES = {item.value: item for item in Provenance}


class Unfit(Exception):
    def __init__(self, sentence: str, code: str = "invalid") -> None:
        self.detail = ErrorDetail(sentence, code=code)
        super().__init__(sentence)


Values = dict[str, Any]
Faults = dict[str, ErrorDetail]


def read_reading(sent: Any, *, names_kpi: bool) -> tuple[Values, Faults]:
    """Return the values of a reading, and what is wrong with it by field, "" being the whole of it.

    The KPI stays the text it was named by; `find_kpis` finds those of many at once.
    """
    if names_kpi:
        return _read(sent, _WITH_KPI, needed=("kpi", "value", "provenance"))
    return _read(sent, _FIELDS, needed=("value", "provenance"))


def read_correction(sent: Any) -> tuple[Values, Faults]:
    """Return the values that are new of a reading, and the reason; and what is wrong by field."""
    return _read(sent, _OF_CORRECTION, needed=("reason",), nullable=_NULLABLE - {"measured_at"})


def _read(
    sent: Any,
    fields: Mapping[str, Callable[[Any], Any]],
    *,
    needed: Sequence[str],
    nullable: Collection[str] = (),
) -> tuple[Values, Faults]:
    if not isinstance(sent, dict):
        return {}, {"": ErrorDetail("Send a JSON object, with braces.", code="invalid")}
    values: Values = {}
    faults: Faults = {}
    for name, value in sent.items():
        try:
            if name not in fields:
                known = ", ".join(sorted(fields))
                raise Unfit(f"“{str(name)[:40]}” cannot be written. Known here: {known}.", "unknown-field")
            if value is None and name not in (nullable or _NULLABLE):
                raise Unfit("This cannot be null. Send a value.", "null")
            values[name] = _nothing(name) if value is None else fields[name](value)
        except Unfit as unfit:
            faults[name] = unfit.detail
    for name in needed:
        if name not in sent:
            faults[name] = ErrorDetail(f"“{name}” is missing. Send it.", code="required")
    return values, faults


def _nothing(name: str) -> str | None:
    return "" if name in TEXTS else None


def find_kpis(texts: Iterable[str], *, user: User) -> dict[str, Kpi]:
    """Return the KPIs somebody may see that are addressed so, `CLM-12/handling-time`, in one query."""
    addresses = {text: match for text in set(texts) if (match := ADDRESS.fullmatch(text))}
    wanted = {text: (match[1].upper(), match[2]) for text, match in addresses.items()}
    visible = Kpi.objects.visible_to(user).filter(
        pilot__key__in={key for key, _ in wanted.values()}, code__in={code for _, code in wanted.values()}
    )
    found = {(kpi.pilot.key, kpi.code): kpi for kpi in visible.select_related("pilot").order_by("pk")}
    return {text: found[address] for text, address in wanted.items() if address in found}


def unseen(text: str) -> ErrorDetail:
    if not ADDRESS.fullmatch(text):
        return ErrorDetail("Name the KPI like CLM-12/handling-time.", code="invalid")
    return ErrorDetail(f"There is no KPI “{text[:100]}” that you can see.", code="does_not_exist")


# --- Fields --------------------------------------------------------------------------------


def _text(longest: int) -> Callable[[Any], str]:
    def understand(value: Any) -> str:
        if not isinstance(value, str):
            raise Unfit("This is not text. Send it in quotation marks.")
        if len(value) > longest:
            raise Unfit(f"This is too long. Write at most {longest} characters.", "max_length")
        return value.strip()

    return understand


def read_decimal(value: Any) -> Decimal:
    """Return a number sent as JSON's or as text, to the last digit."""
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value):
            raise Unfit("This is no number. Send one such as 9.4 or “9.4”.")
        number = Decimal(value)
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        number = Decimal(value)
    else:
        raise Unfit("This is no number. Send one such as 9.4 or “9.4”.")
    if not fits(number):
        raise Unfit(TOO_MANY_DIGITS, "digits")
    return number


def _moment(value: Any) -> datetime | date:
    """Return a moment, or a day; a time without an offset is UTC."""
    if isinstance(value, str):
        if _DAY.fullmatch(value):
            return _day(value)
        if _MOMENT.fullmatch(value):
            try:
                moment = datetime.fromisoformat(value)
            except ValueError:
                moment = None
            if moment is not None:
                _check_year(moment)
                return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    raise Unfit("This is no moment and no day. Write it like 2026-10-05T08:00:00Z or 2026-10-05.")


def _day(value: Any) -> date:
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            day = date.fromisoformat(value)
        except ValueError:
            day = None
        if day is not None:
            _check_year(day)
            return day
    raise Unfit("This is not a day. Write it like 2026-10-05.")


def _check_year(on: date) -> None:
    if not FIRST_YEAR <= on.year <= LAST_YEAR:
        raise Unfit(f"{on.isoformat()} is outside {FIRST_YEAR} to {LAST_YEAR}.", "year")


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Unfit("Send a whole number.")
    return value


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Unfit("Send true or false.")
    return value


def _provenance(value: Any) -> Provenance:
    found = _PROVENANCES.get(value) if isinstance(value, str) else None
    if found is None:
        known = ", ".join(_PROVENANCES)
        raise Unfit(f"“{str(value)[:40]}” is not known here. Known: {known}.", "invalid_choice")
    return found


_FIELDS: Mapping[str, Callable[[Any], Any]] = {
    "value": read_decimal,
    "provenance": _provenance,
    "measured_at": _moment,
    "window_from": _day,
    "sample_size": _whole,
    "model_version": _text(LONGEST_LABEL),
    **{name: _text(longest) for name, longest in TEXTS.items()},
    "is_meant": _truth,
}
_WITH_KPI = {"kpi": _text(120), **_FIELDS}
_OF_CORRECTION = {
    "reason": _text(LONGEST_REASON),
    **{name: understand for name, understand in _FIELDS.items() if name not in {"source", "external_id"}},
}
_NULLABLE = frozenset({"measured_at", "window_from", "sample_size", "model_version", *TEXTS})
