"""What the page of values asks of one file, block by block, and how the answers change what was chosen."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from pilots.access.roles import OwnerRole
from pilots.custom import FieldKind
from pilots.lifecycle import Stage
from pilots.models import HowBuilt, Pilot, RiskTier
from portfolio.exchange.folding import fold
from portfolio.exchange.guessing import Cell, ColumnProfile
from portfolio.exchange.mapping_reader import NO, YES
from portfolio.exchange.packed import unpack_details
from portfolio.exchange.pages.brought import Brought, cells_of
from portfolio.exchange.pages.occurring import (
    Dates,
    People,
    Word,
    dates,
    lines_without,
    number_in_two_ways,
    people,
    words,
)
from portfolio.exchange.people_cells import read_people

REFUSE, UNKNOWN = "refuse", "unknown"
STAGES = [(stage.value, stage.label) for stage in Stage]
RISKS = [(tier.value, tier.label) for tier in RiskTier]
BUILDS = [(how.value, how.label) for how in HowBuilt]
YES_OR_NO = [("yes", "Yes"), ("no", "No"), ("", "Not understood")]
DATE_CODES = ("date:", "decide_by", "milestone_due", "milestone_done", "go_live_due")
NUMBER_CODES = ("kpi_baseline", "kpi_target")
TEXTS = ("name", "problem", "unit", "vendor", "contract")
EMPTY_WORDS = frozenset({"n/a", "na", "-", "--", "–", "?", "tbd", "tbc", "none", "null", "unknown", "k.a."})


@dataclass(frozen=True)
class WordBlock:
    """Words of one column, each with its present meaning; `others` are the choices beside the meanings."""

    name: str
    title: str
    column: str
    words: Sequence[Word]
    meanings: Sequence[tuple[str, str]]
    others: Sequence[tuple[str, str]]
    given: dict[str, str]
    is_needed: bool = False
    has_too_many: bool = False
    distinct: int = 0


@dataclass(frozen=True)
class Blanks:
    """Rows that say nothing of something that is needed."""

    lines: Sequence[int] = field(default_factory=tuple)

    @property
    def count(self) -> int:
        return len(self.lines)


@dataclass(frozen=True)
class Total:
    """A row that adds up: the column by whose text it is known."""

    column: str
    text: str
    line: int


class Asked:
    """All that this file gives reason to ask."""

    def __init__(self, brought: Brought) -> None:
        self.brought = brought
        self.chosen = brought.chosen

    def _columns(self, fits: Callable[[str], bool]) -> list[ColumnProfile]:
        return [column for column in self.brought.columns if fits(self.chosen.columns.get(column.key, ""))]

    def _cells(self, fits: Callable[[str], bool]) -> list[Cell]:
        return [cell for column in self._columns(fits) for cell in column.cells]

    def _custom(self, *kinds: FieldKind) -> frozenset[str]:
        return frozenset(f"custom:{item.code}" for item in self.brought.custom if item.of_kind in kinds)

    # --- Words ------------------------------------------------------------------------

    @cached_property
    def stages(self) -> WordBlock | None:
        return self._words(
            "stage", "Stages", STAGES, [(REFUSE, "Refuse these rows")], self.chosen.stages, is_needed=True
        )

    @cached_property
    def risks(self) -> WordBlock | None:
        return self._words("risk", "Risk tiers", RISKS, [(UNKNOWN, "Not classified")], self.chosen.risks)

    @cached_property
    def how_builts(self) -> WordBlock | None:
        return self._words(
            "how_built", "How they are built", BUILDS, [(UNKNOWN, "Not known")], self.chosen.how_builts
        )

    def _words(
        self,
        code: str,
        title: str,
        meanings: Sequence[tuple[str, str]],
        others: Sequence[tuple[str, str]],
        given: dict[str, str],
        *,
        is_needed: bool = False,
    ) -> WordBlock | None:
        columns = self._columns(_is(code))
        if not columns or not columns[0].cells:
            return None
        column = columns[0]
        found = words(column, besides=self.chosen.empty)
        guessed = getattr(
            self.brought.proposal.chosen, {"stage": "stages", "risk": "risks"}.get(code, "how_builts")
        )
        known = {fold(word): meant for word, meant in {**guessed, **given}.items()}
        if code == "stage" and not self.brought.import_.summary:
            # Refusing was Headway’s way out, not a decision: nobody has looked at a preview yet.
            guessed_at = {fold(word) for word in self.brought.proposal.refused}
            known |= {word: "" for word in guessed_at if known.get(word) == REFUSE}
        return WordBlock(
            code,
            title,
            column.key,
            found,
            meanings,
            others,
            {word.text: known.get(fold(word.text), "") for word in found},
            is_needed=is_needed,
            has_too_many=not column.words,
            distinct=column.distinct,
        )

    @cached_property
    def yes_or_no(self) -> WordBlock | None:
        """All words of columns that say yes or no: what is chosen takes the place of the usual words."""
        columns = self._columns({"confidential", *self._custom(FieldKind.YES_NO)}.__contains__)
        counted: dict[str, Word] = {}
        for column in columns:
            for word in words(column, besides=self.chosen.empty):
                before = counted.get(fold(word.text))
                counted[fold(word.text)] = replace(word, count=word.count + (before.count if before else 0))
        if not counted:
            return None
        yes, no = ({fold(word) for word in given} for given in (self.chosen.yes or YES, self.chosen.no or NO))
        given = {
            word.text: "yes" if key in yes else "no" if key in no else "" for key, word in counted.items()
        }
        named = ", ".join(column.key for column in columns)
        return WordBlock("yes_no", "Yes and no", named, list(counted.values()), YES_OR_NO, [], given)

    @cached_property
    def empty(self) -> list[Word]:
        """Words of any column that is imported which may mean that nothing is known."""
        candidates = EMPTY_WORDS | {fold(word) for word in self.chosen.empty}
        candidates |= {fold(word) for word in self.brought.proposal.chosen.empty}
        counted: dict[str, Word] = {}
        for cell in self._cells(bool):
            key = fold(cell.text)
            if key in candidates:
                before = counted.get(key)
                counted[key] = (
                    replace(before, count=before.count + 1) if before else Word(cell.text, 1, cell.line)
                )
        return sorted(counted.values(), key=lambda word: -word.count)

    @cached_property
    def totals(self) -> list[Total]:
        """Rows at the end that add up and would be taken for pilots."""
        found = []
        for row in self.brought.layout.totals:
            cells = list(cells_of(row))
            place = next(place for place, cell in enumerate(cells) if cell)
            if sum(map(bool, cells)) > 1 and place < len(self.brought.columns):
                found.append(Total(self.brought.columns[place].key, cells[place], row.line))
        return found

    # --- What is missing ----------------------------------------------------------------

    def _blanks(self, code: str) -> Blanks:
        return Blanks(lines_without(self.brought.lines, self._columns(_is(code)), empty=self.chosen.empty))

    @cached_property
    def without_stage(self) -> Blanks:
        return self._blanks("stage")

    @cached_property
    def without_problem(self) -> Blanks:
        return self._blanks("problem")

    # --- Dates, numbers, people, long texts -----------------------------------------------

    @cached_property
    def dates(self) -> Dates:
        custom = self._custom(FieldKind.DATE)
        return dates(self._cells(lambda meant: meant.startswith(DATE_CODES) or meant in custom))

    @cached_property
    def number(self) -> Cell | None:
        custom = self._custom(FieldKind.NUMBER, FieldKind.MONEY)
        return number_in_two_ways(self._cells(lambda meant: meant in NUMBER_CODES or meant in custom))

    @cached_property
    def people(self) -> People:
        roles = dict.fromkeys(
            meant.partition(":")[2] for meant in self.chosen.columns.values() if meant.startswith("owner")
        )
        pairs: list[tuple[ColumnProfile | None, ColumnProfile | None]] = []
        for role in roles:
            names, mails = self._columns(_is(f"owner:{role}")), self._columns(_is(f"owner_email:{role}"))
            mail = mails[0] if mails else None
            pairs += [(name, mail if place == 0 else None) for place, name in enumerate(names)] or [
                (None, mail)
            ]
        return people(pairs)

    @cached_property
    def several_owners(self) -> Cell | None:
        """The first cell that names several people for what one person answers for."""
        cells = self._cells(_is(f"owner:{OwnerRole.PRODUCTION_OWNER.value}"))
        return next((cell for cell in cells if len(read_people(cell.text)[0]) > 1), None)

    @cached_property
    def too_long(self) -> list[Word]:
        """The first text of each kind that is longer than it may be."""
        found = []
        for code in TEXTS:
            most = getattr(Pilot._meta.get_field(code), "max_length", None)
            cells = self._cells(_is(code))
            longest = max(cells, key=lambda cell: len(cell.text), default=None)
            if most and longest and len(longest.text) > most:
                found.append(Word(code, len(longest.text), longest.line))
        return found

    @cached_property
    def was_too_long(self) -> bool:
        """Whether the last preview refused a row for a text that does not fit."""
        said = (item for item in unpack_details(self.brought.import_.details) if item["kind"] == "refused")
        return any("shorten" in item["reason"].casefold() for item in said)

    @property
    def is_nothing(self) -> bool:
        """Whether this file gives reason to ask nothing at all."""
        asked: Iterable[object] = (
            self.stages,
            self.risks,
            self.how_builts,
            self.yes_or_no,
            self.empty,
            self.without_stage.count,
            self.without_problem.count,
            self.dates != Dates(),
            self.number,
            self.people.found,
            self.totals,
            self.too_long,
            self.was_too_long,
            self.chosen.shorten,
        )
        return not any(asked)


def _is(code: str) -> Callable[[str], bool]:
    return lambda meant: meant == code
