"""Says what the cells of a column look like: days, numbers, addresses, people, known words, long texts."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from portfolio.exchange.cells import DateStyle, NotUnderstood, ShortMonth, Slashes, read_date
from portfolio.exchange.folding import fold, fold_reference
from portfolio.exchange.guessing.profiles import Cell, ColumnProfile
from portfolio.exchange.guessing.spelling import spelt
from portfolio.exchange.guessing.value_words import (
    EMPTY,
    LIGHTS,
    NO,
    OTHER_RISKS,
    UNITS_OF_MEASURE,
    YES,
    how_built_of,
    is_hold,
    risk_of,
    stage_of,
)
from portfolio.exchange.people_cells import LONGEST_NAME

LOOKED_AT = 400
LONGEST_EMPTY = 40
ANY_STYLE = DateStyle(
    slashes=Slashes.DAY_FIRST, short_months=frozenset(ShortMonth), fiscal_year_begins=1, serials=True
)
# Also those no reading takes, such as 12/Jan/25 9:41 AM: they are days to people.
_SHORT_DATE = re.compile(
    r"\d{1,2}[/. -](?:\d{1,2}|[A-Za-z]{3,9}\.?)[/. -]\d{2,4}(?:[ T,]+\d{1,2}:\d{2}.{0,12})?"
)
_NUMBER = re.compile(r"[<>~≥≤]?\s*[-+−]?[€$£]?\s*\d[\d.,' \u00a0\u202f]*\s*(?:%|[a-zA-Z€$£]{0,8})?")
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[a-zA-Z]{2,}")
_CODE = re.compile(r"(?=.*\d)[A-Za-z]{0,8}[\s./_#-]{0,3}(?:[A-Za-z0-9]{1,12}[\s./_-]{0,3}){1,4}")
_PERSON = re.compile(r"[^\W\d_][\w’'.-]*(?:,?\s+\(?[^\W\d_][\w’'.-]*\)?){0,4}")


def is_empty_word(text: str) -> bool:
    return len(text) <= LONGEST_EMPTY and text.casefold() in EMPTY


def looks_like_a_date(text: str) -> bool:
    """Say whether a cell names a day in any of the ways registers write days; a bare number is none."""
    if re.fullmatch(r"\d{5}", text.strip()):
        return False
    if _SHORT_DATE.fullmatch(text.strip()):
        return True
    try:
        read_date(text, ANY_STYLE)
    except NotUnderstood:
        return False
    return True


def looks_like_a_serial(text: str) -> bool:
    """Say whether a cell may be a day as spreadsheets count them, between 1990 and 2050."""
    return bool(re.fullmatch(r"\d{5}", text)) and 32_874 <= int(text) <= 55_153


@dataclass(frozen=True)
class Contents:
    """One column's profile and what its cells look like; shares are of the cells that say something."""

    profile: ColumnProfile
    rows: int

    @cached_property
    def said(self) -> tuple[Cell, ...]:
        """The cells that say something."""
        return tuple(cell for cell in self.profile.cells if not is_empty_word(cell.text))

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """At most 400 of them, spread evenly over the column."""
        step = -(-len(self.said) // LOOKED_AT) or 1
        return tuple(cell.text for cell in self.said[::step])

    @cached_property
    def words(self) -> dict[str, int]:
        return {word: times for word, times in self.profile.words.items() if not is_empty_word(word)}

    @property
    def is_blank(self) -> bool:
        return not self.said

    def _share(self, looks: Callable[[str], bool]) -> float:
        return sum(map(looks, self.texts)) / len(self.texts) if self.texts else 0.0

    def _share_of_words(self, looks: Callable[[str], bool]) -> float:
        total = sum(self.words.values())
        return sum(times for word, times in self.words.items() if looks(word)) / total if total else 0.0

    @cached_property
    def filled(self) -> float:
        return len(self.said) / self.rows if self.rows else 0.0

    @cached_property
    def different(self) -> float:
        return self.profile.distinct / self.profile.filled if self.profile.filled else 0.0

    @cached_property
    def length(self) -> float:
        return sum(map(len, self.texts)) / len(self.texts) if self.texts else 0.0

    @cached_property
    def dates(self) -> float:
        return self._share(looks_like_a_date)

    @cached_property
    def serials(self) -> float:
        return self._share(looks_like_a_serial)

    @cached_property
    def numbers(self) -> float:
        return self._share(lambda text: bool(_NUMBER.fullmatch(text)) and not looks_like_a_date(text))

    @cached_property
    def addresses(self) -> float:
        return self._share(lambda text: bool(_ADDRESS.search(text)))

    @cached_property
    def bare_addresses(self) -> float:
        return self._share(lambda text: bool(_ADDRESS.fullmatch(text)))

    @cached_property
    def people(self) -> float:
        """The share of texts that may be names of people or teams, with or without an address."""
        return self._share(
            lambda text: all(
                bool(_ADDRESS.search(part)) or (bool(_PERSON.fullmatch(part)) and len(part) <= LONGEST_NAME)
                for part in re.split(r"\s*(?:[;\n&/]|\band\b|\bund\b|\bet\b)\s*", text.strip(" ;?[]'\""))
                if part
            )
        )

    @cached_property
    def codes(self) -> float:
        return self._share(
            lambda text: len(text) <= 40 and bool(_CODE.fullmatch(text)) and not looks_like_a_date(text)
        )

    @cached_property
    def yes_or_no(self) -> float:
        return self._share(lambda text: fold(text) in YES | NO)

    @cached_property
    def stages(self) -> float:
        return self._share_of_words(lambda word: bool(stage_of(word)) or is_hold(word))

    @cached_property
    def lights(self) -> float:
        return self._share_of_words(lambda word: spelt(word) in LIGHTS)

    @cached_property
    def risks(self) -> float:
        return self._share_of_words(lambda word: bool(risk_of(word)))

    @cached_property
    def other_risks(self) -> float:
        return self._share_of_words(lambda word: spelt(word) in OTHER_RISKS)

    @cached_property
    def how_builts(self) -> float:
        return self._share_of_words(lambda word: bool(how_built_of(word)))

    @cached_property
    def measures(self) -> float:
        return self._share(lambda text: fold(text) in UNITS_OF_MEASURE)

    @cached_property
    def repeated(self) -> tuple[Cell, Cell] | None:
        """The first two cells that are the same identifier, separators aside."""
        first: dict[str, Cell] = {}
        for cell in self.said:
            known = first.setdefault(fold_reference(cell.text) or cell.text, cell)
            if known is not cell:
                return known, cell
        return None

    @cached_property
    def counts_rows(self) -> bool:
        """Say whether the cells are 1, 2, 3 and so on."""
        numbers = [cell.text.rstrip(".") for cell in self.said]
        return len(numbers) > 1 and numbers == [str(place) for place in range(1, len(numbers) + 1)]


def longest(cells: Iterable[Cell]) -> Cell | None:
    return max(cells, key=lambda cell: len(cell.text), default=None)
