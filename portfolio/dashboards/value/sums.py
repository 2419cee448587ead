"""Adds lines up, each currency by itself: what was spent where, what came of it, what waiting costs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, reduce
from operator import add

from kpis.money.roi import roi_of, verified_share_of
from kpis.money.sums import Total, nothing
from kpis.money.terms import Commitment
from pilots.access.models import Program
from portfolio.dashboards.value.groups import Place
from portfolio.dashboards.value.lines import Line


class Sums:
    """The sums of lines that add up in one currency. Ratios are None where they cannot be told."""

    def __init__(self, currency: str, lines: Sequence[Line]) -> None:
        self.currency = currency
        self.lines = lines

    def _sum(self, totals: Iterable[Total]) -> Total:
        return reduce(add, totals, nothing(self.currency))

    @cached_property
    def cost(self) -> Total:
        return self._sum(line.money.cost_actual for line in self.lines)

    @cached_property
    def planned(self) -> Total:
        return self._sum(line.money.cost_planned for line in self.lines)

    @cached_property
    def verified(self) -> Total:
        return self._sum(line.money.benefit_verified for line in self.lines)

    @cached_property
    def unchecked(self) -> Total:
        return self._sum(line.money.benefit_unchecked for line in self.lines)

    @cached_property
    def rejected(self) -> Total:
        return self._sum(line.money.benefit_rejected for line in self.lines)

    @property
    def roi(self) -> Decimal | None:
        return roi_of(self.verified, self.rejected, self.cost)

    @property
    def verified_share(self) -> Decimal | None:
        return verified_share_of(self.verified, self.unchecked)

    @cached_property
    def spent(self) -> dict[Place, Total]:
        """Actual cost by where the pilots are; all of them come to `cost`."""
        return {
            place: self._sum(line.money.cost_actual for line in self.lines if line.place is place)
            for place in Place
        }

    @cached_property
    def budgets(self) -> dict[Commitment | None, Total]:
        """Budgets by what became of them; None is undecided. Only those there are."""
        found: dict[Commitment | None, Total] = {}
        for line in self.lines:
            for sums in line.money.budgets.values():
                for commitment, amount in sums.items():
                    found[commitment] = found.get(commitment, nothing(self.currency)) + amount
        return {commitment: found[commitment] for commitment in (*Commitment, None) if commitment in found}

    @cached_property
    def delay(self) -> "Delayed":
        return Delayed(self.currency, [line for line in self.lines if line.is_waiting])


@dataclass(frozen=True)
class Delayed:
    """The pilots of one currency that wait for their first users."""

    currency: str
    lines: Sequence[Line]

    @property
    def known(self) -> list[Line]:
        """Those whose expected benefit is written down, dearest first."""
        told = [line for line in self.lines if line.money.delay.cost is not None]
        return sorted(told, key=lambda line: (-(line.money.delay.cost or 0), line.pilot.key))

    @property
    def cost(self) -> Decimal | None:
        """What their waiting costs so far; None where nobody said what any is worth."""
        return self._sum([line.money.delay.cost for line in self.known])

    @property
    def monthly(self) -> Decimal | None:
        return self._sum([line.money.delay.monthly for line in self.known])

    @property
    def unknown(self) -> int:
        return len(self.lines) - len(self.known)

    def _sum(self, amounts: Sequence[Decimal | None]) -> Decimal | None:
        return sum((amount for amount in amounts if amount is not None), Decimal(0)) if amounts else None


def sums_of(lines: Sequence[Line]) -> list[Sums]:
    """Return the sums of each currency, the one most pilots add up in first; currencies never mix."""
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(line.money.currency, []).append(line)
    return [Sums(code, found[code]) for code in sorted(found, key=lambda code: (-len(found[code]), code))]


@dataclass(frozen=True)
class ProgramSums:
    program: Program
    sums: Sums


def by_program(lines: Sequence[Line]) -> list[ProgramSums]:
    """Return the sums of each program that has any money, by its name."""
    found: dict[int, list[Line]] = {}
    for line in lines:
        if line.has_money:
            found.setdefault(line.pilot.program_id, []).append(line)
    parts = [ProgramSums(own[0].pilot.program, Sums(own[0].money.currency, own)) for own in found.values()]
    return sorted(parts, key=lambda part: part.program.name)
