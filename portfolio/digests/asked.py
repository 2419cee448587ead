"""The questions of one person's digest: what only they can settle, and what waits for others."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.urls import reverse

from pilots.access.models import User
from pilots.models import Decision, Flag
from pilots.web.spoken import spoken
from portfolio.digests.links import absolute, decide_url
from portfolio.digests.parts import Question, inside
from portfolio.digests.scope import DigestPilots
from portfolio.digests.stuck import Stuck
from portfolio.outbox.letter import one_line

DECISION_DAY = "R-79"


@dataclass(frozen=True)
class Asked:
    """Decisions and decision days of one digest; a fixed number of queries."""

    person: User
    scope: DigestPilots
    at: datetime
    stuck: Stuck

    @cached_property
    def _decisions(self) -> list[Decision]:
        return list(self.scope.decisions.select_related("pilot", "program"))

    @cached_property
    def _passed(self) -> list[Flag]:
        """The decision days that passed on pilots the reader manages and is not asked about already."""
        asked = [row.pilot_id for row in self._decisions if row.pilot_id]
        managed = self.scope.pilots.managed_by(self.person).undecided().exclude(pk__in=asked)
        flags = Flag.objects.counting(self.at).filter(rule=DECISION_DAY, pilot__in=managed)
        found = flags.select_related("pilot__program").order_by("pk")
        return [flag for flag in found if not flag.pilot.is_quiet(flag.pilot.program.today(self.at))]

    @cached_property
    def told(self) -> set[int]:
        """The pilots that are told as a question; they are not told again among what is stalled."""
        return {flag.pilot_id for flag in self._passed}

    @property
    def of_reader(self) -> list[Question]:
        """What only the reader can settle, the nearest day first."""
        dated = [(row.needed_by or date.max, self._decision(row)) for row in self._decisions]
        dated += [(flag.since, self._decision_day(flag)) for flag in self._passed]
        return [question for _, question in sorted(dated, key=lambda pair: (pair[0], pair[1].key))]

    @property
    def of_others(self) -> list[Question]:
        """What the reader sees waiting for somebody else to decide."""
        others = self.scope.waiting.exclude(pk__in=[row.pk for row in self._decisions])
        rows: Iterable[Decision] = others.select_related("pilot", "program", "decider")
        ordered = sorted(rows, key=lambda row: (row.needed_by or date.max, row.pk))
        return [self._elsewhere(row) for row in ordered]

    def _decision(self, row: Decision) -> Question:
        return self._question(row, url=decide_url(self.person, row, self.at))

    def _elsewhere(self, row: Decision) -> Question:
        of = row.decider or f"any manager of {row.program}"
        url = absolute(reverse("pilots:decision_detail", args=[row.pk]))
        return self._question(row, url=url, asked_of=f"Asked of {one_line(str(of))}.")

    def _question(self, row: Decision, *, url: str, asked_of: str = "") -> Question:
        pilot, today = row.pilot, row.program.today(self.at)
        return Question(
            key=pilot.key if pilot else "",
            name=one_line(pilot.name if pilot else row.program.name),
            question=one_line(row.question),
            needed_by=f"Needed by {spoken(row.needed_by, today)}." if row.needed_by else "",
            asked_of=asked_of,
            url=url,
            is_confidential=pilot is not None and pilot.is_confidential,
        )

    def _decision_day(self, flag: Flag) -> Question:
        """Ask for the decision; where something worse makes it stalled, say that too."""
        pilot, today = flag.pilot, flag.pilot.program.today(self.at)
        reason = self.stuck.reason(pilot.pk)
        facts = [flag.fact(today), *([reason.fact(today)] if reason and reason.pk != flag.pk else [])]
        return Question(
            key=pilot.key,
            name=one_line(pilot.name),
            question=one_line(" ".join(facts)),
            next_action=inside(one_line(flag.next_action)),
            url=absolute(reverse("pilots:pilot_move", args=[pilot.key])),
            is_ours=True,
            is_confidential=pilot.is_confidential,
        )
