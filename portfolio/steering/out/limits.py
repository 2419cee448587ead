"""Takes out of a pack's content what a reader may not have: pilots, and the fields a link does not show.

What is taken out is taken out of the data, before anything is worded, so no page can let it slip.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any

from portfolio.steering.out.unnamed import COUNT, PEOPLE, Names, people_in, unnamed

Content = dict[str, Any]
A_PILOT, SOMEBODY = "a pilot", "somebody"


class Field(StrEnum):
    """What a link may show beyond counts, each by a choice of its own."""

    NAMES = "names"  # names and keys of pilots
    OWNERS = "owners"  # names of owners and deciders, and next actions, which name them
    DECISIONS = "decisions"  # the questions asked, with their options

    @property
    def label(self) -> str:
        return {
            "names": "Names of pilots",
            "owners": "Owners, deciders and next actions",
            "decisions": "Questions to decide, as they are written",
        }[self.value]


EVERYTHING = frozenset(Field)
_NAMES = frozenset({"name", "key"})
# What a row about a pilot keeps where pilots are not named.
_NAMELESS = frozenset({"id", "pattern", "needed_by", "question", "options", "decider", "owners", COUNT})


def pilots_in(content: Any) -> set[int]:
    """Return the ids of all pilots that a content names, wherever they stand."""
    return {row["pilot"] for row in _rows(content) if isinstance(row.get("pilot"), int)}


def lines_about(content: Any, pilots: Collection[int]) -> int:
    """Return how many lines of a content, wherever they stand, are about these pilots."""
    return sum(row.get("pilot") in pilots for row in _rows(content))


def without_pilots(content: list[Content], gone: Collection[int]) -> list[Content]:
    """Return contents without the rows of these pilots, and without their names in what was written."""
    if not gone:
        return content
    names = _names_of(row for row in _rows(content) if row.get("pilot") in gone)
    written: list[Content] = unnamed(_kept(content, frozenset(gone)), [Names(names, A_PILOT)])
    return written


def limited(content: list[Content], allowed: Collection[Field]) -> list[Content]:
    """Return contents with what is allowed alone; names that stand in written text are taken out of it."""
    if set(allowed) == EVERYTHING:
        return content
    hidden = []
    if Field.NAMES not in allowed:
        # A question about a whole program stands beside its name, which the filters tell anyway.
        rows = (row for row in _rows(content) if isinstance(row.get("pilot"), int))
        hidden.append(Names(_names_of(rows), A_PILOT))
    if Field.OWNERS not in allowed:
        people = {name for row in _rows(content) for name in people_in(row)}
        hidden.append(Names(people, SOMEBODY))
    written: list[Content] = unnamed(_trimmed(content, frozenset(allowed)), hidden)
    return written


def _names_of(rows: Iterable[Mapping[str, Any]]) -> set[str]:
    return {str(row[field]) for row in rows for field in _NAMES if row.get(field)}


def _rows(content: Any) -> Iterator[Mapping[str, Any]]:
    """Yield every mapping inside a content, itself first."""
    if isinstance(content, Mapping):
        yield content
        for value in content.values():
            yield from _rows(value)
    elif isinstance(content, list):
        for value in content:
            yield from _rows(value)


def _kept(content: Any, gone: frozenset[int]) -> Any:
    if isinstance(content, Mapping):
        return {key: _kept(value, gone) for key, value in content.items()}
    if isinstance(content, list):
        return [
            _kept(value, gone)
            for value in content
            if not (isinstance(value, Mapping) and value.get("pilot") in gone)
        ]
    return content


def _trimmed(content: Any, allowed: frozenset[Field]) -> Any:
    if isinstance(content, list):
        return [_trimmed(value, allowed) for value in content]
    if not isinstance(content, Mapping):
        return content
    if "pilot" in content and Field.NAMES not in allowed:
        content = {key: value for key, value in content.items() if key in _NAMELESS}
    found = {}
    for key, value in content.items():
        if key in PEOPLE and Field.OWNERS not in allowed:
            continue
        if key == "next_action" and Field.OWNERS not in allowed:
            continue
        if key in {"question", "options"} and Field.DECISIONS not in allowed:
            continue
        found[key] = _trimmed(value, allowed)
    return found
