"""Reads the limits rules go by: what a program set, else what the site set, else what the rule proposes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pilots.models.flag import RuleSetting
from pilots.rules.registry import Limits, Rule


@dataclass(frozen=True)
class LimitsInForce:
    """The limits of every rule, by program where somebody set them there; read once for a whole scan."""

    of_site: Mapping[str, Limits]
    of_programs: Mapping[tuple[int, str], Limits]
    _made: dict[tuple[int, str], Limits] = field(default_factory=dict, compare=False, repr=False)

    def of(self, rule: Rule, program_id: int) -> Limits:
        mark = (program_id, rule.key)
        if mark not in self._made:
            self._made[mark] = {**self.for_site(rule), **self.of_programs.get(mark, {})}
        return self._made[mark]

    def for_site(self, rule: Rule) -> Limits:
        """Return what holds where a program set nothing of its own."""
        return {**rule.default_limits, **self.of_site.get(rule.key, {})}


def limits_in_force() -> LimitsInForce:
    """Return the limits that hold now; one query."""
    of_site: dict[str, Limits] = {}
    of_programs: dict[tuple[int, str], Limits] = {}
    for setting in RuleSetting.objects.current().order_by("pk"):
        if setting.program_id is None:
            of_site[setting.rule] = setting.limits
        else:
            of_programs[setting.program_id, setting.rule] = setting.limits
    return LimitsInForce(of_site, of_programs)
