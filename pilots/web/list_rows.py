"""What the list of pilots says of each of them, in the words of its cells."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from pilots.access.models import Program
from pilots.calendar import Day, Precision
from pilots.lifecycle import Stage
from pilots.models import Pilot
from pilots.models.cohort import Cohort
from pilots.models.pilot import UNDECIDED
from pilots.replay import leads_then, replay
from pilots.web.list_columns import Beside, Cell, ListColumn
from pilots.web.pilot_order import leads_of
from pilots.web.spoken import ahead, brief, days, spoken

TWO_YEARS = 730


@dataclass(frozen=True)
class Row:
    """`decide_by` is empty where nobody has said when, and where it is not asked any more.

    `more` are the cells of columns that not every list shows.
    """

    pilot: Pilot
    decide_by: str
    is_late: bool
    lead: str | None
    moved: str
    more: list[Cell] = field(default_factory=list)

    @property
    def stage(self) -> str:
        return self.pilot.at_stage.short_label

    @property
    def lacks_decide_by(self) -> bool:
        return self.pilot.at_stage is Stage.PILOTING and not self.decide_by


def rows_of(
    pilots: Sequence[Pilot], columns: Sequence[ListColumn], *, now: datetime, then: Cohort | None = None
) -> list[Row]:
    """Return the rows in the order given, as of the past day of `then`; no more queries for more pilots."""
    beside = Beside.of(pilots, columns)
    if then:
        pilots, leads = replay(pilots, then), leads_then(pilots, then)
    else:
        leads = leads_of(pilots)
    today: dict[Program, date] = {}
    for pilot in pilots:
        today.setdefault(pilot.program, then.day if then else pilot.program.today(now))
    rows = []
    for pilot in pilots:
        day = today[pilot.program]
        is_late = pilot.is_undecided and pilot.decide_by is not None and pilot.decide_by < day
        rows.append(
            Row(
                pilot=pilot,
                decide_by=_decide_by(pilot, day, is_late=is_late),
                is_late=is_late,
                lead=leads.get(pilot.pk),
                moved=moved_words(pilot, day),
                more=[column.cell(pilot, beside, day) for column in columns if column.is_more],
            )
        )
    return rows


def _decide_by(pilot: Pilot, today: date, *, is_late: bool) -> str:
    """Return when it is to be decided; nothing once it was, as its stage then says."""
    if pilot.decide_by is None or pilot.at_stage not in UNDECIDED:
        return ""
    said = spoken(pilot.decide_by, today)
    return f"{said}, {ahead(pilot.decide_by, today)}" if is_late else said


def last_moved(pilot: Pilot) -> Day | None:
    """Return the day of the last move made here, else since when it is where it is."""
    return Day(pilot.program.today(pilot.moved_at)) if pilot.moved_at else pilot.since


def moved_words(pilot: Pilot, today: date) -> str:
    """Return how long ago it moved; a day that is not known exactly is given as it is known."""
    moved = last_moved(pilot)
    if moved is None:
        return ""
    if moved.precision is not Precision.DAY:
        return brief(moved, today)
    passed = (today - moved.first).days
    if passed >= TWO_YEARS:
        return f"{passed // 365} years"
    return days(passed) if passed > 0 else "today"
