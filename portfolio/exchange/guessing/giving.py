"""Keeps which meaning was given to which column, and what is to be said about it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from portfolio.exchange.guessing.candidates import DOUBTFUL_FROM, Candidate
from portfolio.exchange.guessing.contents import Contents
from portfolio.exchange.guessing.shapes import Certainty, Doubt, GuessedColumn, column
from portfolio.exchange.guessing.title_words import ANY_OWNER_CODE
from portfolio.exchange.guessing.titles import OUR_OWN, is_derived, speaks_beside, speaks_of_plans
from portfolio.exchange.meanings import Meaning


@dataclass
class Giving:
    """The columns of one sheet while their meanings are given. `said` are sentences about those left out."""

    columns: Sequence[Contents]
    known: dict[str, Meaning]
    given: dict[str, Candidate] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    doubts: list[Doubt] = field(default_factory=list)

    def has(self, code: str) -> bool:
        return any(candidate.code == code for candidate in self.given.values())

    def bearing(self, code: str) -> list[Candidate]:
        return [candidate for candidate in self.given.values() if candidate.code == code]

    @property
    def free(self) -> list[Contents]:
        """The columns that have cells and no meaning, in an order that does not depend on theirs."""
        left = (cells for cells in self.columns if cells.profile.key not in self.given and not cells.is_blank)
        return sorted(left, key=lambda cells: cells.profile.key)

    def give(self, candidate: Candidate) -> bool:
        """Give a column its meaning, unless one of the two is given already or too little speaks for it."""
        label = self.known[candidate.code].label
        if candidate.key in self.given:
            return False
        if candidate.points < DOUBTFUL_FROM:
            self.said.setdefault(
                candidate.key, f"Its title could mean “{label}”, but its cells do not look like it."
            )
            return False
        if self.has(candidate.code) and self._is_borne_once(candidate.code):
            taken = self.bearing(candidate.code)[0].key
            why = f"It could be “{label}” too, but “{taken}” is more plainly that."
            if candidate.is_vague:
                self.leave(candidate.key, why)
            self.said.setdefault(candidate.key, why)
            return False
        refusal = _no_identifier(candidate) if candidate.code == "reference" else ""
        if refusal:
            self.leave(candidate.key, refusal)
            return False
        self.given[candidate.key] = candidate
        return True

    def _is_borne_once(self, code: str) -> bool:
        # A pilot has one production owner, so a second column of them would be refused row by row.
        return not self.known[code].many or code == ANY_OWNER_CODE

    def leave(self, key: str, why: str) -> None:
        """Leave a column out, and let a person look at it."""
        self.given.pop(key, None)
        self.said[key] = why
        self.doubts.append(Doubt(column(key), why))

    def guessed(self) -> tuple[GuessedColumn, ...]:
        return tuple(self._guessed(cells) for cells in self.columns)

    def _guessed(self, cells: Contents) -> GuessedColumn:
        key = cells.profile.key
        candidate = self.given.get(key)
        if candidate:
            certainty, code, why = candidate.certainty, candidate.code, candidate.why
            if certainty is Certainty.DOUBT:
                self.doubts.append(Doubt(column(key), f"{why} Is it “{self.known[code].label}”?"))
            return GuessedColumn(key=key, code=code, certainty=certainty, why=why)
        certainty = Certainty.CERTAIN if cells.is_blank or is_derived(key) else Certainty.LIKELY
        return GuessedColumn(key=key, code="", certainty=certainty, why=self._why_not(cells))

    def _why_not(self, cells: Contents) -> str:
        key = cells.profile.key
        if is_derived(key):
            return "Headway works this out itself."
        if cells.is_blank:
            return "It is empty."
        if cells.lights > 0.5:
            return "It holds traffic lights; Headway works health out itself."
        if key in self.said:
            return self.said[key]
        if cells.dates >= 0.5 or (cells.serials >= 0.5 and speaks_of_plans(key)):
            planned = "Its title speaks of a plan; Headway’s history keeps what has happened."
            why = planned if speaks_of_plans(key) else "It holds days, but its title does not say of what."
            if not speaks_beside(key):
                self.doubts.append(Doubt(column(key), f"{why} It is not imported."))
            return why
        return "Neither its title nor its cells say anything Headway keeps."


def _no_identifier(candidate: Candidate) -> str:
    """Say why a column cannot tell pilots apart, or ""."""
    cells, key = candidate.cells, candidate.key
    so = "so it cannot tell pilots apart; rows are known by their names."
    if cells.repeated:
        first, second = cells.repeated
        return f"“{key}” says “{first.text}” in lines {first.line} and {second.line}, {so}"
    blank = cells.rows - len(cells.said)
    if candidate.points >= OUR_OWN:
        return ""
    if blank > cells.rows * 0.1:
        return f"“{key}” is blank in {blank} rows, {so}"
    if cells.counts_rows:
        counts = f"“{key}” counts 1 to {len(cells.said)}."
        return f"{counts} Choose it only if pilots keep their numbers when rows are added or sorted."
    return ""
