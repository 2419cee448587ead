"""Brings titles and words to one spelling, so that `Use_Cases`, `useCase` and “Use case” are the same."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from portfolio.exchange.list_cells import phrases

# `useCase` and `caseID` are two words, `PoC` is one.
_CAMEL = re.compile(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ](?:[a-zà-ÿ]|[A-Z]))")
_WORD = re.compile(r"[^\W_]+|[#%]")
_FILLERS = phrases(
    """
    the, a, an, of, for, in, on, at, to, and, or, der, die, das, des, dem, den, ein, eine, und, oder, im, am,
    von, fur, zur, zum, du, de, la, le, les, l, d, un, une, et, ou, en, au, el, los, las, del, por, para
    """
)


@lru_cache(maxsize=20_000)
def words_of(text: str) -> tuple[str, ...]:
    """Return a text's words without case, accents, plural s, punctuation and the little words between."""
    parted = _CAMEL.sub(" ", text)
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", parted) if not unicodedata.combining(sign))
    found = [_singular(word) for word in _WORD.findall(plain.casefold())]
    return tuple(word for word in found if word not in _FILLERS) or tuple(found)


def spelt(text: str) -> str:
    return " ".join(words_of(text))


def all_spelt(text: str) -> frozenset[str]:
    """Return the phrases of a list parted by commas, each brought to one spelling."""
    return frozenset(spelt(phrase) for phrase in phrases(text))


def holds(words: tuple[str, ...], phrase: tuple[str, ...]) -> bool:
    """Say whether the words of a phrase stand side by side among these."""
    return any(words[place : place + len(phrase)] == phrase for place in range(len(words) - len(phrase) + 1))


def shortened(text: str, most: int = 40) -> str:
    """Return a text on one line, cut where it is too long to be quoted."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def quoted(texts: Iterable[str], most: int = 3) -> str:
    """Return texts as “A”, “B” and 3 more."""
    items = [f"“{shortened(text)}”" for text in texts]
    if len(items) > most:
        return f"{', '.join(items[:most])} and {len(items) - most} more"
    return " and ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else "".join(items)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
