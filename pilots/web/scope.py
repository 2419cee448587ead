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
    def _has_real(self) -> bool:
        return self.visible.filter(program__is_sample=False).exists()

    @cached_property
    def _samples(self) -> int:
        return self.visible.filter(program__is_sample=True).count()

    @property
    def is_empty(self) -> bool:
        """Whether the person can see no pilot at all, in any program."""
        return not self._has_real and not self._samples

    @property
    def hidden_samples(self) -> int:
        """How many sample pilots are left out: all, once there are real ones and no program is chosen."""
        return self._samples if not self.program and self._has_real else 0

    @property
    def pilots(self) -> PilotQuerySet:
        if self.program:
            return self.visible.filter(program__slug=self.program)
        return self.visible.filter(program__is_sample=False) if self.hidden_samples else self.visible
