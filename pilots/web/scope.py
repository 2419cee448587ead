"""Which of the visible pilots a page speaks of: one program, or all of them without the invented ones."""

from dataclasses import dataclass
from functools import cached_property

from pilots.access.models import User
from pilots.models import Pilot, PilotQuerySet


@dataclass(frozen=True)
class Scope:
    """The pilots of the program with this slug; an empty slug means every program a person may see."""

    reader: User
    program: str = ""

    @property
    def visible(self) -> PilotQuerySet:
        return Pilot.objects.visible_to(self.reader)

    @cached_property
    def is_empty(self) -> bool:
        """Whether the person can see no pilot at all, in any program."""
        return not self.visible.exists()

    @cached_property
    def hidden_samples(self) -> int:
        """How many sample pilots are left out: all, once there are real ones and no program is chosen."""
        if self.program:
            return 0
        return self.visible.filter(program__is_sample=True).exclude(pk__in=self.pilots.values("pk")).count()

    @cached_property
    def pilots(self) -> PilotQuerySet:
        """Narrow it further; it is never read itself, so it holds no rows."""
        if self.program:
            return self.visible.filter(program__slug=self.program)
        return self.visible.apart_from_sample(self.reader)

    @property
    def counted(self) -> PilotQuerySet:
        """Those of them that are in totals; the sample is where its program is the one asked for."""
        return self.pilots.filter(is_confidential=False)
