"""Everything a pack's page shows: the agenda in its order, ready for the template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.http import QueryDict
from django.utils import timezone

from pilots.access.models import Program, Role, User
from pilots.actions.decision import LONGEST_OPTION
from pilots.calendar import Day
from pilots.forms.decision import DecideForm
from pilots.models import Decision
from pilots.web.spoken import ahead, any_of, days, spoken
from portfolio.steering.access import may_remove, runs_all
from portfolio.steering.bars import BarRow, bar_rows
from portfolio.steering.compare import Comparison, compare
from portfolio.steering.compared import HEADS, Compared, words_of
from portfolio.steering.lines import Line
from portfolio.steering.models import Pack
from portfolio.steering.out.curves import pace_parts
from portfolio.steering.out.paper import Sheet, sheets
from portfolio.steering.share.actions import sharing_is_on
from portfolio.steering.shown import shown_to


@dataclass(frozen=True)
class Asked:
    """A question as it was frozen, and what has become of it. `decided` is "" while it waits."""

    line: Line
    when: str
    is_late: bool
    who: str
    decided: str
    is_theirs: bool
    row: Decision | None = None
    form: DecideForm | None = None

    @property
    def is_gone(self) -> bool:
        """Whether nobody can read the question any longer."""
        return self.row is None


class PackPage:
    """A pack as one reader sees it. What was frozen stays; decisions taken since stand beside it."""

    def __init__(
        self, pack: Pack, reader: User, *, at: datetime, sent: Mapping[int, DecideForm] | None = None
    ) -> None:
        """`sent` are the forms of decisions that somebody sent and that need another look."""
        self.sent = sent or {}
        self.pack = pack
        self.reader = reader
        self.at = at
        self.today = timezone.localdate(at)
        self._shown = shown_to(reader, pack.content)
        self.content = self._shown.content

    @property
    def hidden(self) -> str:
        return self._shown.note

    # --- The head ---------------------------------------------------------------------

    @property
    def meeting(self) -> str:
        return f"{Day(self.pack.meeting_on)}"

    @property
    def frozen(self) -> str:
        return f"Frozen {_moment(self.pack.frozen_at)} by {self.pack.frozen_by or 'Headway'}."

    @property
    def as_of(self) -> str:
        return str(Day(self.pack.as_of))

    @property
    def known_at(self) -> str:
        return _moment(self.pack.known_at)

    @property
    def is_past(self) -> bool:
        """Whether the numbers are of a day before the one on which it was frozen."""
        return self.pack.as_of < timezone.localdate(self.pack.frozen_at)

    @property
    def words(self) -> Mapping[str, str]:
        found: Mapping[str, str] = self.content["funnel"]["words"]
        return found

    @cached_property
    def bars(self) -> list[BarRow]:
        return bar_rows(self.content["funnel"])

    @cached_property
    def pace(self) -> list[Sheet]:
        """What Pace found, with the pictures of print."""
        return sheets(pace_parts(self.content))

    @cached_property
    def may_remove(self) -> bool:
        return self.pack.pk is not None and may_remove(self.reader, self.pack)

    @cached_property
    def may_share(self) -> bool:
        """Whether the reader could make a link now; nothing is offered that would be refused."""
        return self.pack.pk is not None and sharing_is_on() and runs_all(self.reader, self.pack)

    # --- Decisions --------------------------------------------------------------------

    @cached_property
    def _rows(self) -> dict[int, Decision]:
        """The questions of this pack and of the one before, as they are now and as far as they are seen."""
        then = self.earlier["decisions"] if self.earlier else ()
        wanted = {line["id"] for line in (*self.content["decisions"], *then)}
        rows = Decision.objects.visible_to(self.reader).filter(pk__in=wanted)
        return {row.pk: row for row in rows.select_related("program", "decider", "decided_by")}

    @cached_property
    def _managed(self) -> set[int]:
        return set(Program.objects.where(self.reader, Role.MANAGER).values_list("pk", flat=True))

    @cached_property
    def decisions(self) -> list[Asked]:
        return [self._asked(line) for line in self.content["decisions"]]

    def _asked(self, line: Line) -> Asked:
        row = self._rows.get(line["id"])
        needed = date.fromisoformat(line["needed_by"]) if line["needed_by"] else None
        is_theirs = row is not None and not row.is_decided
        if row is not None and is_theirs:
            is_theirs = row.decider_id == self.reader.pk or row.program_id in self._managed
        return Asked(
            line=line,
            when=f"{spoken(needed, self.today)}, {ahead(needed, self.today)}" if needed else "",
            is_late=needed is not None and needed < self.today,
            who=line["decider"] or "any manager",
            decided=self._decided(row),
            is_theirs=is_theirs,
            row=row,
            form=self._form(row) if row is not None and is_theirs else None,
        )

    def _form(self, row: Decision) -> DecideForm:
        return self.sent.get(row.pk) or decide_form(self.pack, row)

    def _decided(self, row: Decision | None) -> str:
        """Return “Decided in the meeting: Stop, by Maren.” once somebody has."""
        if row is None or row.decided_on is None:
            return ""
        if row.decided_on == self.pack.meeting_on:
            when = "in the meeting"
        else:
            when = f"on {spoken(row.decided_on, self.today)}"
        who = f", by {row.decided_by}" if row.decided_by else ""
        return f"Decided {when}: {row.choice}{who}."

    @property
    def more_decisions(self) -> int:
        return int(self.pack.content["decisions_total"]) - len(self.pack.content["decisions"])

    @property
    def more_stalled(self) -> int:
        return int(self.pack.content["stalled_total"]) - len(self.pack.content["stalled"])

    @property
    def stalled(self) -> list[tuple[Line, str, str]]:
        """The lines, each with how long and who can clear it, in words."""
        return [(line, days(line["days"]), any_of(line["owners"])) for line in self.content["stalled"]]

    # --- Compared with the pack before --------------------------------------------------

    @cached_property
    def before(self) -> Pack | None:
        """The pack it is compared with, where the reader may read it."""
        if self.pack.before_id is None:
            return None
        return Pack.objects.visible_to(self.reader).filter(pk=self.pack.before_id).first()

    @property
    def earlier_as_of(self) -> str:
        return str(Day(self.before.as_of)) if self.before else ""

    @cached_property
    def earlier(self) -> dict[str, Any] | None:
        return shown_to(self.reader, self.before.content).content if self.before else None

    @cached_property
    def comparison(self) -> Comparison | None:
        return compare(self.earlier, self.pack.content) if self.earlier else None

    @property
    def compared_heads(self) -> Sequence[str]:
        return HEADS

    @property
    def compared(self) -> list[Compared]:
        return [words_of(number) for number in self.comparison.numbers] if self.comparison else []

    @property
    def settled(self) -> Sequence[tuple[Mapping[str, Any], str]]:
        """The questions of the pack before that wait no longer, each with what became of it."""
        if self.comparison is None:
            return []
        return [
            (line, self._decided(self._rows.get(line["id"])) or "No longer asked of these pilots.")
            for line in self.comparison.gone
        ]

    @property
    def still_waiting(self) -> Sequence[Mapping[str, Any]]:
        return self.comparison.waiting if self.comparison else []


def decide_form(pack: Pack, row: Decision, data: QueryDict | None = None) -> DecideForm:
    """Return the form that settles one question; several stand on a page, so each has ids of its own."""
    form = DecideForm(data, options=row.options)
    form.auto_id = f"id_{row.pk}_%s"
    form.initial = {"authority": f"{pack.title}, {Day(pack.meeting_on)}"[:LONGEST_OPTION]}
    del form.fields["decided_on"]
    return form


def _moment(moment: datetime) -> str:
    local = timezone.localtime(moment)
    return f"{Day(local.date())}, {local:%H:%M}"
