"""What each column may mean, with points from its title and from its cells."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace

from portfolio.exchange.folding import fold
from portfolio.exchange.guessing.contents import Contents
from portfolio.exchange.guessing.fitting import fits
from portfolio.exchange.guessing.shapes import Certainty
from portfolio.exchange.guessing.spelling import spelt, words_of
from portfolio.exchange.guessing.title_words import SHORT_FORMS, SUMMARIES
from portfolio.exchange.guessing.titles import OUR_OWN, hints

CERTAIN_FROM = 95
LIKELY_FROM = 70
DOUBTFUL_FROM = 45
# More than a title alone says, less than certain.
PAIRED = 94
OF_A_SUMMARY = 72


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One column and one meaning it may have. `is_vague` when the title leaves open which of several."""

    cells: Contents
    code: str
    points: int
    why: str
    is_vague: bool = False

    @property
    def key(self) -> str:
        return self.cells.profile.key

    @property
    def certainty(self) -> Certainty:
        if self.is_vague or self.points < LIKELY_FROM:
            return Certainty.DOUBT
        return Certainty.CERTAIN if self.points >= CERTAIN_FROM else Certainty.LIKELY


def candidates(
    columns: Sequence[Contents], *, known: Container[str], custom: Iterable[tuple[str, str]] = ()
) -> list[Candidate]:
    """Return all candidates, the most plain first; `known` are the codes a column of this sheet can mean.

    Those with too few points are among them, so that one can say what a title might have meant.
    """
    custom = tuple(custom)
    found = [
        _by_cells(
            Candidate(
                cells=cells,
                code=hint.code,
                points=hint.points if hint.points >= OUR_OWN else hint.points + fits(hint.code, cells),
                why=hint.why,
                is_vague=hint.is_vague,
            ),
            known,
        )
        for cells in columns
        for hint in hints(cells.profile.key, custom)
        if hint.code in known and (hint.points >= OUR_OWN or not cells.is_blank)
    ]
    if "prefix" in known:
        found += _abbreviations(columns)
    if not any(candidate.code == "name" and candidate.points >= DOUBTFUL_FROM for candidate in found):
        found += [_named_by_summary(cells) for cells in columns if spelt(cells.profile.key) in SUMMARIES]
    return sorted(found, key=lambda item: (-item.points, item.code, fold(item.key), item.key))


def _named_by_summary(cells: Contents) -> Candidate:
    points = OF_A_SUMMARY + fits("name", cells)
    return Candidate(cells=cells, code="name", points=points, why="No other column names the pilots.")


def _by_cells(candidate: Candidate, known: Container[str]) -> Candidate:
    """Correct what a title means where the cells plainly say otherwise.

    A “Unit” with minutes and per cent is a KPI’s, and an “Owner” with bare addresses holds those.
    """
    cells, code = candidate.cells, candidate.code
    if code == "unit" and "kpi_unit" in known and cells.measures > 0.5:
        return replace(
            candidate, code="kpi_unit", points=PAIRED, why="Its cells are units such as min and %."
        )
    as_addresses = code.replace("owner:", "owner_email:")
    if code.startswith("owner:") and as_addresses in known and cells.bare_addresses >= 0.8:
        why = "It holds addresses, but its title does not say whose." if candidate.is_vague else candidate.why
        return replace(candidate, code=as_addresses, why=why)
    return candidate


def _abbreviations(columns: Sequence[Contents]) -> list[Candidate]:
    """Return a program and its prefix where one column abbreviates another: “Agency”, “Agency code”."""
    by_words = {words_of(cells.profile.key): cells for cells in columns}
    found = []
    for cells in columns:
        words = words_of(cells.profile.key)
        rest = tuple(word for word in words if word not in SHORT_FORMS)
        whole = by_words.get(rest)
        if whole is None or rest == words or not _abbreviates(cells, whole):
            continue
        why = f"“{cells.profile.key}” holds the short form of “{whole.profile.key}”, row by row."
        found.append(Candidate(cells=whole, code="program", points=PAIRED, why=why))
        found.append(Candidate(cells=cells, code="prefix", points=PAIRED, why=why))
    return found


def _abbreviates(short: Contents, whole: Contents) -> bool:
    if not short.said or short.length >= whole.length or short.different > 0.7:
        return False
    names = {cell.line: fold(cell.text) for cell in whole.said}
    pairs = {(fold(cell.text), names[cell.line]) for cell in short.said if cell.line in names}
    return len(pairs) > 1 and len(pairs) == len({one for one, _ in pairs}) == len({two for _, two in pairs})
