"""Which pilots somebody's digest speaks of: what they may see now, narrowed as they chose."""

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.db.models import Count
from django.urls import reverse

from pilots.access.models import Program, User
from pilots.health import Health
from pilots.models import Decision, Pilot, PilotQuerySet
from pilots.models.decision import DecisionQuerySet
from portfolio.digests.links import absolute
from portfolio.digests.models import DigestScope, DigestSetting
from portfolio.digests.parts import Total

# As the sentence says it: what is well first.
ORDER = (
    Health.ON_TRACK,
    Health.AT_RISK,
    Health.BLOCKED,
    Health.STALLED,
    Health.NOT_KNOWN,
    Health.ON_HOLD,
)
HEADWAY = "Headway"


@dataclass(frozen=True)
class DigestPilots:
    """The pilots of one digest. Starts from `visible_to`, so nothing is in it that its reader may not see."""

    reader: User
    setting: DigestSetting

    @cached_property
    def chosen(self) -> list[Program] | None:
        """The programs the reader chose, among those they see; None where they did not narrow to any."""
        if self.setting.scope != DigestScope.CHOSEN.value or self.setting.pk is None:
            return None
        return list(self.setting.programs.filter(pk__in=Program.objects.visible_to(self.reader)))

    @property
    def is_mine(self) -> bool:
        return self.setting.scope == DigestScope.MINE.value

    @cached_property
    def with_ended(self) -> PilotQuerySet:
        """Narrow it further. The sample is for demo log-ins, which get no mail but see the preview."""
        pilots = Pilot.objects.visible_to(self.reader)
        if not self.reader.is_sample:
            pilots = pilots.filter(program__is_sample=False)
        if self.is_mine:
            pilots = pilots.owned_by(self.reader)
        if self.chosen is not None:
            pilots = pilots.filter(program__in=[program.pk for program in self.chosen])
        return pilots

    @property
    def pilots(self) -> PilotQuerySet:
        return self.with_ended.active()

    @property
    def counted(self) -> PilotQuerySet:
        """The pilots that are in totals."""
        return self.pilots.filter(is_confidential=False)

    @property
    def decisions(self) -> DecisionQuerySet:
        """The decisions only the reader can settle, about whatever they narrowed the digest to."""
        return self.waiting.for_decider(self.reader)

    @property
    def waiting(self) -> DecisionQuerySet:
        """Every decision that is not taken yet, about whatever the reader narrowed the digest to."""
        waiting = Decision.objects.visible_to(self.reader).waiting()
        waiting = waiting.filter(program__is_sample=self.reader.is_sample)
        if self.chosen is not None:
            waiting = waiting.filter(program__in=[program.pk for program in self.chosen])
        return waiting

    @cached_property
    def _groups(self) -> list[tuple[str, str, str, int]]:
        rows = self.counted.order_by().values_list("program__slug", "program__name", "health")
        return [(slug, name, health, count) for slug, name, health, count in rows.annotate(n=Count("pk"))]

    @cached_property
    def programs(self) -> dict[str, str]:
        """The names of the programs its pilots are of, by slug."""
        return {slug: name for slug, name, _, _ in self._groups}

    @property
    def name(self) -> str:
        return next(iter(self.programs.values())) if len(self.programs) == 1 else HEADWAY

    @property
    def totals(self) -> list[Total]:
        counts = dict.fromkeys(ORDER, 0)
        for _, _, health, count in self._groups:
            if Health(health) in counts:
                counts[Health(health)] += count
        return [
            Total(count, health.label, health.value, self.list_url(health=health.value, state="active"))
            for health, count in counts.items()
            if count
        ]

    @property
    def program(self) -> str:
        """The slug of the one program the reader narrowed the digest to, if it is one."""
        return self.chosen[0].slug if self.chosen and len(self.chosen) == 1 else ""

    @property
    def has_address(self) -> bool:
        """Whether one address can name these pilots; several chosen programs have none."""
        return self.chosen is None or len(self.chosen) == 1

    def list_url(self, **filters: str) -> str:
        """Return the list of these pilots; "" where no one address names them."""
        return self._url("pilots:pilot_list", filters)

    def stalled_url(self, week: str, **filters: str) -> str:
        """Return the page of what is stalled of these pilots; "" where no one address names them."""
        return self._url("stalled:stalled", {**filters, "week": week})

    def _url(self, page: str, filters: dict[str, str]) -> str:
        if not self.has_address:
            return ""
        narrowed = {"program": self.program} if self.program else {}
        if self.is_mine:
            narrowed["mine"] = "true"
        return absolute(f"{reverse(page)}?{urlencode({**narrowed, **filters})}")
