"""What a reading may be: its number, its moment, its window, how many cases. Plain rules.

Forms, files and the API ask here, so that all of them refuse the same in the same words.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Protocol

from kpis.oneline import TOO_MANY_DIGITS, fits
from kpis.terms import Provenance
from pilots.calendar import EARLIEST, Day, Precision, UnreadableDay, read_day, readings

MOST_READINGS = 5_000  # at a time
CLOCKS_DIFFER = timedelta(minutes=5)  # the clock of the tool that sends may be ahead of ours
MOST_CASES = 999_999_999_999
TEXTS: Mapping[str, int] = {"source": 60, "external_id": 120, "note": 1000}
NO_VALUE = "A reading needs a number."
NO_MOMENT = "Say when it was measured."
NO_NUMBER = "This is no number."
_ONE = Decimal(1)
_BEYOND_FRACTIONS = Decimal("1.5")
_LONGEST_NUMBER = 40
_SLASHES = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})", re.ASCII)
_MOMENT = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing that is wrong with a reading; `field` is the field of it, "" when none is to blame."""

    sentence: str
    field: str
    code: str


class Numbers(Protocol):
    """What of a KPI says how large its readings are."""

    @property
    def unit(self) -> str: ...
    @property
    def baseline(self) -> Decimal | None: ...
    @property
    def target(self) -> Decimal | None: ...
    @property
    def target_low(self) -> Decimal | None: ...
    @property
    def threshold(self) -> Decimal | None: ...


class Read(Protocol):
    """A reading as somebody sent it; a `measured_at` that is a day is of noon there, None of now."""

    @property
    def value(self) -> Decimal: ...
    @property
    def measured_at(self) -> datetime | date | None: ...
    @property
    def window_from(self) -> date | None: ...
    @property
    def sample_size(self) -> int | None: ...
    @property
    def provenance(self) -> Provenance | str: ...
    @property
    def source(self) -> str: ...
    @property
    def external_id(self) -> str: ...
    @property
    def note(self) -> str: ...
    @property
    def is_meant(self) -> bool: ...


def too_many(count: int) -> str:
    return f"At most {MOST_READINGS:,} readings at a time; these are {count:,}. Send them in parts."


def moment_of(measured_at: datetime | date | None, *, zone: tzinfo, now: datetime) -> datetime:
    """Return the moment a reading is of: noon of a day there, or now while that noon has not come."""
    if measured_at is None:
        return now
    if isinstance(measured_at, datetime):
        return measured_at
    noon = datetime.combine(measured_at, time(12), tzinfo=zone)
    return now if now < noon and day_of(now, zone) == measured_at else noon


def day_of(moment: datetime, zone: tzinfo) -> date:
    try:
        return moment.astimezone(zone).date()
    except OverflowError:  # in the first or the last year there is
        return moment.date()


def wrongs(reading: Read, *, kpi: Numbers, zone: tzinfo, now: datetime) -> list[Wrong]:
    """Return all that is wrong with a reading of a KPI, in the order of its fields."""
    moment = moment_of(reading.measured_at, zone=zone, now=now)
    return [
        *_of_value(reading.value, kpi, is_meant=reading.is_meant),
        *_of_moment(moment, zone=zone, now=now),
        *_of_window(reading.window_from, day_of(moment, zone)),
        *_of_sample(reading.sample_size),
        *_of_provenance(reading.provenance),
        *_of_texts(reading),
    ]


def _of_value(value: Decimal, kpi: Numbers, *, is_meant: bool) -> Iterator[Wrong]:
    if not value.is_finite():
        yield Wrong(NO_NUMBER, "value", "number")
    elif not fits(value):
        yield Wrong(TOO_MANY_DIGITS, "value", "digits")
    elif not is_meant and looks_like_fraction(value, kpi):
        likely = plain(value * 100)
        sentence = f"Do you mean {likely} %? Write {likely}, or say that {plain(value)} % is meant."
        yield Wrong(sentence, "value", "fraction")


def looks_like_fraction(value: Decimal, kpi: Numbers) -> bool:
    """Return whether 0.91 was sent for a KPI in % that goes by numbers such as 91."""
    if not 0 < abs(value) <= _ONE or not is_percent(kpi.unit):
        return False
    known = (kpi.baseline, kpi.target, kpi.target_low, kpi.threshold)
    return any(number is not None and abs(number) > _BEYOND_FRACTIONS for number in known)


def is_percent(unit: str) -> bool:
    return unit.strip().casefold().startswith(("%", "percent", "per cent"))


def _of_moment(moment: datetime, *, zone: tzinfo, now: datetime) -> Iterator[Wrong]:
    if moment > now + CLOCKS_DIFFER:
        sentence = f"{Day(day_of(moment, zone))} has not come yet."
        if day_of(moment, zone) <= day_of(now, zone):
            sentence = f"{moment.astimezone(zone):%H:%M} of today has not come yet ({zone})."
        yield Wrong(sentence, "measured_at", "future")
    elif day_of(moment, zone) < EARLIEST:
        yield Wrong(f"{Day(day_of(moment, zone))} is before 1990.", "measured_at", "year")


def _of_window(window_from: date | None, measured_on: date) -> Iterator[Wrong]:
    if window_from is None:
        return
    if window_from > measured_on:
        sentence = (
            f"Its window ends on {Day(measured_on)}, before it starts on {Day(window_from)}. "
            "Write the earlier day as the start."
        )
        yield Wrong(sentence, "window_from", "order")
    elif window_from < EARLIEST:
        yield Wrong(f"{Day(window_from)} is before 1990.", "window_from", "year")


def _of_sample(size: int | None) -> Iterator[Wrong]:
    if size is None:
        return
    if size < 1:
        sentence = "A sample has at least 1 case. Leave it empty when nobody knows how many."
        yield Wrong(sentence, "sample_size", "sample")
    elif size > MOST_CASES:
        yield Wrong(f"A sample has at most {MOST_CASES:,} cases.", "sample_size", "sample")


def _of_provenance(provenance: str) -> Iterator[Wrong]:
    if provenance not in _PROVENANCES:
        listed = ", ".join(_PROVENANCES)
        sentence = f"“{str(provenance)[:40]}” is not known here. Known: {listed}."
        yield Wrong(sentence, "provenance", "unknown")


_PROVENANCES = [item.value for item in Provenance]


def _of_texts(reading: Read) -> Iterator[Wrong]:
    for name, longest in TEXTS.items():
        text: str = getattr(reading, name)
        if not text:
            continue
        if "\x00" in text:
            yield Wrong("This text holds a NUL character. Remove it.", name, "null-character")
        elif len(text) > longest:
            sentence = f"Write at most {longest:,} characters; these are {len(text):,}."
            yield Wrong(sentence, name, "length")


def plain(number: Decimal) -> str:
    """Return a number as people write it: no zeros behind, no exponent, no zero below zero."""
    text = f"{number if number else abs(number):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class Unreadable(ValueError):
    """The message is written for the person who typed it."""


def read_number(text: str) -> Decimal:
    """Return a number as people write it, with a point or a comma; raise `Unreadable` rather than guess."""
    cleaned = text.strip().replace("\u2212", "-")
    if re.fullmatch(r"-?[1-9]\d{0,2},\d{3}", cleaned, re.ASCII):
        whole, point = cleaned.replace(",", ""), cleaned.replace(",", ".")
        raise Unreadable(f"“{cleaned}” can be read in two ways. Write {whole}, or {point}.")
    if not re.fullmatch(r"-?\d+([.,]\d+)?", cleaned, re.ASCII):
        raise Unreadable(f"{_quoted(text)} is no number Headway can read. Write it like 9.4.")
    if len(cleaned) > _LONGEST_NUMBER:
        raise Unreadable(TOO_MANY_DIGITS)
    number = Decimal(cleaned.replace(",", "."))
    if not fits(number):
        raise Unreadable(TOO_MANY_DIGITS)
    return number


def read_moment(text: str, zone: tzinfo) -> datetime | date:
    """Return the day, or the moment, people write: 26 Oct 2026, 2026-10-26, 2026-10-26 14:30.

    A time without an offset is of `zone`. Raises `Unreadable` rather than guess.
    """
    cleaned = text.strip()
    if match := _MOMENT.fullmatch(cleaned):
        try:
            moment = datetime.fromisoformat(cleaned.replace("Z", "+00:00"))
            moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
            moment.astimezone(UTC)
        except (ValueError, OverflowError):
            raise Unreadable(f"{_quoted(text)} is no moment of the calendar.") from None
        read_one_day(match["day"])
        return moment
    return read_one_day(text)


def read_one_day(text: str) -> date:
    """Return the day people write; raise `Unreadable` for a month, and for 03/04/2026, which is two days."""
    cleaned = " ".join(text.split())
    if match := _SLASHES.fullmatch(cleaned):
        first, second, year = (int(part) for part in match.groups())
        both = sorted(readings(first, second, year))
        if len(both) > 1:
            named = " or ".join(f"{day.day} {day:%b} {day.year}" for day in both)
            raise Unreadable(f"“{cleaned}” can be {named}. Write one of them like {both[0].isoformat()}.")
    try:
        day = read_day(text)
    except UnreadableDay as error:
        raise Unreadable(error.of_one_day) from None
    if day.precision is not Precision.DAY:
        raise Unreadable(f"{_quoted(text)} is no one day. Write a day such as 5 Oct 2026 or 2026-10-05.")
    return day.first


def _quoted(text: str) -> str:
    shown = " ".join(text.split())
    return f"“{shown[:40]}…”" if len(shown) > 40 else f"“{shown}”"
