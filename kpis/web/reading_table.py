"""What is understood of a table of readings, as the page shows it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from kpis.actions.measurement import NewReading, Outcome, Recorded
from kpis.actions.reading_table import ReadingTable
from kpis.reading import day_of, moment_of, plain
from kpis.terms import Provenance
from pilots.models import Pilot
from pilots.web.spoken import spoken

SHOWN = 200
WORDS = {
    Outcome.CREATED: "new",
    Outcome.SUPERSEDED: "replaces",
    Outcome.UNCHANGED: "here already",
    Outcome.REFUSED: "refused",
}
ICONS = {
    Outcome.CREATED: "plus",
    Outcome.SUPERSEDED: "edit",
    Outcome.UNCHANGED: "check",
    Outcome.REFUSED: "close",
}


@dataclass(frozen=True)
class PreviewRow:
    """One row in words; of one that could not be read, as it was typed. `was` is the number it replaces."""

    number: int
    kpi: str
    day: str
    value: str
    provenance: str
    verdict: str
    icon: str
    was: str
    reasons: Sequence[str]

    @property
    def is_refused(self) -> bool:
        return bool(self.reasons)


@dataclass(frozen=True)
class Preview:
    """All rows of a table, those that are refused first; `rows` are the first of them."""

    sentence: str
    rows: Sequence[PreviewRow]
    left_out: int
    writes: int
    refused: int
    asks_fractions: bool


def preview_of(table: ReadingTable, recorded: Sequence[Recorded], pilot: Pilot, now: datetime) -> Preview:
    count = Counter(one.outcome for one in recorded)
    order = sorted(
        range(len(recorded)), key=lambda place: (recorded[place].outcome is not Outcome.REFUSED, place)
    )
    rows = [_row(table, place, recorded[place], pilot, now) for place in order[:SHOWN]]
    return Preview(
        sentence=counted(count),
        rows=rows,
        left_out=max(len(recorded) - SHOWN, 0),
        writes=count[Outcome.CREATED] + count[Outcome.SUPERSEDED],
        refused=count[Outcome.REFUSED],
        asks_fractions=any(reason.code == "fraction" for one in recorded for reason in one.reasons),
    )


def counted(count: Counter[Outcome]) -> str:
    """Return such as “12 new, 1 replaces another, 3 here already, 2 refused”."""
    said = {
        Outcome.CREATED: "{} new",
        Outcome.SUPERSEDED: "{} replaces another" if count[Outcome.SUPERSEDED] == 1 else "{} replace others",
        Outcome.UNCHANGED: "{} here already",
        Outcome.REFUSED: "{} refused",
    }
    return ", ".join(words.format(f"{count[outcome]:,}") for outcome, words in said.items() if count[outcome])


def said_of_saved(recorded: Sequence[Recorded]) -> str:
    count = Counter(one.outcome for one in recorded)
    return f"The table is saved: {counted(count)}."


def _row(table: ReadingTable, place: int, one: Recorded, pilot: Pilot, now: datetime) -> PreviewRow:
    number, new = table.numbers[place], table.news[place]
    typed = table.typed.get(number, {})
    kpi, day, value = (typed.get(name, "") for name in ("kpi", "date", "value"))
    provenance = was = ""
    if isinstance(new, NewReading):
        unit = new.kpi.unit
        kpi, value = new.kpi.name, f"{plain(new.value)} {unit}".strip()
        provenance = Provenance(new.provenance).label
        zone = ZoneInfo(pilot.program.zone)
        moment = moment_of(new.measured_at, zone=zone, now=now)
        day = spoken(day_of(moment, zone), pilot.program.today(now))
        if one.outcome is Outcome.SUPERSEDED and one.measurement and one.measurement.corrects:
            was = f"{plain(one.measurement.corrects.value)} {unit}".strip()
    return PreviewRow(
        number=number,
        kpi=kpi,
        day=day,
        value=value,
        provenance=provenance,
        verdict=WORDS[one.outcome],
        icon=ICONS[one.outcome],
        was=was,
        reasons=[reason.sentence for reason in one.reasons],
    )
