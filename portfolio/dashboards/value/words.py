"""The words and shapes of the value page: amounts as people read them, and what nobody knows."""

from dataclasses import dataclass
from decimal import Decimal

from django.urls import reverse

from kpis.attainment import percent
from kpis.money.sums import Total
from kpis.money.words import about, said
from kpis.standing import attainment_of
from pilots.lifecycle import Stage
from portfolio.dashboards.value.lines import Line
from portfolio.dashboards.value.sums import Sums

NOT_KNOWN = "not known"


@dataclass(frozen=True)
class Figure:
    """A label, what it says, and the address of its pilots; `share` of the widest, 0 to 100, for its bar."""

    label: str
    said: str
    url: str = ""
    share: int = 0
    note: str = ""


@dataclass(frozen=True)
class Piece:
    """A part of a sentence, and the address of the pilots it counts; empty where it counts none."""

    text: str
    url: str = ""


@dataclass(frozen=True)
class Block:
    """The money of those that add up in one currency."""

    currency: str
    headline: list[Piece]
    roi: str
    roi_sentence: str
    roi_note: str
    spent: list[Figure]
    benefits: list[Figure]
    budgets: list[Figure]
    delayed: list[Piece]
    waiting: list[Figure]
    apart: str

    @property
    def sentence(self) -> str:
        return "".join(piece.text for piece in self.headline)

    @property
    def delay(self) -> str:
        return "".join(piece.text for piece in self.delayed)


@dataclass(frozen=True)
class ProgramRow:
    name: str
    url: str
    pilots: int
    pilots_url: str
    cost: str
    verified: str
    unchecked: str
    roi: str
    verified_share: str


@dataclass(frozen=True)
class PilotRow:
    """One pilot in the table; what nobody knows says so."""

    key: str
    name: str
    url: str
    stage: Stage
    kpi: str
    attainment: str
    cost: str
    verified: str
    unchecked: str
    roi: str
    flags: list[str]


def pilot_row(line: Line) -> PilotRow:
    """Return one pilot as the table and the file show it."""
    standing, money = line.primary, line.money
    reached = attainment_of(standing.kpi, standing.latest_used) if standing else None
    flags = [f"beyond what was agreed: {', '.join(line.breached)}"] if line.breached else []
    if line.is_deployed:
        flags.append("only deployed")
    return PilotRow(
        key=line.pilot.key,
        name=line.pilot.name,
        url=reverse("pilots:pilot_money", args=[line.pilot.key]),
        stage=line.pilot.at_stage,
        kpi=standing.kpi.name if standing else "no primary KPI",
        attainment=ratio(reached),
        cost=said(money.cost_actual),
        verified=said(money.benefit_verified),
        unchecked=said(money.benefit_unchecked),
        roi=ratio(money.roi),
        flags=flags,
    )


def headline(sums: Sums, *, spent_url: str, verified_url: str) -> list[Piece]:
    """Return what was spent and what of the benefit is verified, each amount with its address."""
    if not sums.cost.count and not sums.verified.count:
        return [Piece("Nothing that was spent is written down.")]
    cost = [Piece("What was spent is not known")]
    if sums.cost.count:
        cost = [Piece(said(sums.cost), spent_url), Piece(" spent")]
    verified = [Piece("no benefit verified.")]
    if sums.verified.count:
        verified = [Piece(said(sums.verified), verified_url), Piece(" of benefit verified.")]
    return [*cost, Piece(", "), *verified]


def roi_sentence(sums: Sums) -> str:
    """Return “ROI 50 %.”, or why it is not known; empty where nothing was spent."""
    if sums.roi is not None:
        return f"ROI {percent(sums.roi)}."
    if not sums.cost.count:
        return ""
    both = sums.cost + sums.verified
    return f"ROI not known: {'nothing checked yet' if both.is_whole else 'part has no rate'}."


def delayed(sums: Sums, *, url: str) -> list[Piece]:
    """Return what the waiting of proven pilots costs, and of how many nobody knows; nothing for none."""
    waiting = sums.delay
    if not waiting.lines:
        return []
    count = len(waiting.lines)
    pilots, have = ("1 pilot", "has") if count == 1 else (f"{count:,} pilots", "have")
    no_users = f" shown to work {have} no users yet"
    if waiting.cost is None or waiting.monthly is None:
        unpriced = ". What that costs is not known: nobody wrote down what they are worth."
        return [Piece(pilots, url), Piece(f"{no_users}{unpriced}")]
    a_month, so_far = about(waiting.monthly, sums.currency), about(waiting.cost, sums.currency)
    unknown = f" Of {waiting.unknown:,} nobody wrote down what they are worth." if waiting.unknown else ""
    return [Piece(pilots, url), Piece(f"{no_users}: {so_far} so far, {a_month} each month.{unknown}")]


def share_of(part: Total, whole: Total) -> str:
    if not whole.amount:
        return ""
    return f"{percent(part.amount / whole.amount)} of the spending"


def ratio(share: Decimal | None) -> str:
    return NOT_KNOWN if share is None else percent(share)
