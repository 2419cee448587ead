"""What a person should know about the cells of columns that are imported: long texts, shared addresses."""

from collections import Counter

from portfolio.exchange.folding import fold
from portfolio.exchange.guessing.contents import Contents, longest
from portfolio.exchange.guessing.shapes import Doubt, GuessedColumn, column
from portfolio.exchange.people_cells import ADDRESS, read_people

MOST = {"name": 200, "unit": 200, "vendor": 200, "contract": 500, "problem": 4000}
SHARED_FROM_ROWS = 5
SHARED_FROM_SHARE = 0.4
LOST = "\N{REPLACEMENT CHARACTER}"


def cautions(guessed: GuessedColumn, contents: Contents) -> list[Doubt]:
    says = [*_too_long(guessed.code, contents), *_lost(contents)]
    if guessed.code.startswith(("owner:", "owner_email:", "milestone_owner")):
        says += [*_shared(contents), *_people(contents)]
    return [Doubt(column(guessed.key), sentence) for sentence in says]


def _too_long(code: str, contents: Contents) -> list[str]:
    most = MOST.get(code, 0)
    long = [cell for cell in contents.said if most and len(cell.text) > most]
    cell = longest(long)
    if cell is None:
        return []
    cells = "cell has" if len(long) == 1 else "cells have"
    example = f"line {cell.line}: {len(cell.text):,}"
    says = f"{len(long)} {cells} more than {most:,} characters ({example})."
    return [f"{says} Have them shortened, or they are refused."]


def _lost(contents: Contents) -> list[str]:
    lost = [cell for cell in contents.said if LOST in cell.text]
    if not lost:
        return []
    cells = "1 cell" if len(lost) == 1 else f"{len(lost)} cells"
    return [
        f"Characters were lost in {cells} before the file was made ({LOST}), first in line {lost[0].line}."
    ]


def _shared(contents: Contents) -> list[str]:
    """An address that stands in many rows is perhaps nobody's own."""
    found = Counter(fold(address) for cell in contents.said for address in set(ADDRESS.findall(cell.text)))
    if not found:
        return []
    _, times = found.most_common(1)[0]
    if times < max(SHARED_FROM_ROWS, SHARED_FROM_SHARE * len(contents.said)):
        return []
    return [f"One address stands in {times} rows; it may be a shared mailbox."]


def _people(contents: Contents) -> list[str]:
    doubtful = []
    for text in contents.words or {cell.text: 1 for cell in contents.said}:
        _, doubt = read_people(text)
        if doubt:
            doubtful.append(doubt)
    if not doubtful:
        return []
    more = f" {len(doubtful) - 1} more are like it." if len(doubtful) > 1 else ""
    return [f"{doubtful[0]}{more}"]
