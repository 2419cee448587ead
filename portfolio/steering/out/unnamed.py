"""Takes names out of what people wrote. Codes, days, numbers, filters and Headway's own words stay.

A name can be a word of the product: a pilot called “Piloting”, a person called May. So names are looked for
under the keys that hold people's words, and nowhere else.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SHORTEST = 3  # letters; of a sentence with a shorter name no words are left that could be trusted
WRITTEN = frozenset({"title", "question", "options", "fact", "next_action"})
PEOPLE = frozenset({"owners", "decider", "as_seen_by", "decided_by", "asked_by"})
COUNT = "sentences_left_out"  # stands in the row they are left out of
_SENTENCES = re.compile(r"(?<=[.!?…])\s+|\s*\n\s*")
_NOTHING_LEFT = {"title": "Steering pack", "options": ""}  # and of any other text:
_LEFT_OUT = "(left out)"


@dataclass(frozen=True)
class Names:
    """Names that may not be read, and what stands instead."""

    names: Collection[str]
    instead: str


def unnamed(content: Any, hidden: Sequence[Names]) -> Any:
    """Return a content without these names in people's words, whatever their case.

    A name of fewer than `SHORTEST` letters takes its sentence with it; each row counts those it lost.
    """
    pen = _pen(hidden)
    return _anew(content, pen) if pen else content


def sentences_left_out(content: Any) -> int:
    """Return how many sentences were left out of a content."""
    if isinstance(content, Mapping):
        own: int = content.get(COUNT, 0)
        return own + sum(map(sentences_left_out, content.values()))
    return sum(map(sentences_left_out, content)) if isinstance(content, list) else 0


def said_left_out(content: Any) -> str:
    """Return “One sentence is left out: …”; "" where none is."""
    count = sentences_left_out(content)
    if not count:
        return ""
    said = (
        "1 sentence is left out: it holds" if count == 1 else f"{count:,} sentences are left out: each holds"
    )
    return f"{said} a name that is not shown here, and too short to take out alone."


@dataclass(frozen=True)
class _Pen:
    """What is crossed out: longer names for other words, sentences that hold a short one."""

    longer: Sequence[tuple[re.Pattern[str], str]]
    short: re.Pattern[str] | None

    def name(self, text: str) -> str:
        for pattern, instead in self.longer:
            text = pattern.sub(instead, text)
        return text

    def text(self, text: str) -> tuple[str, int]:
        """Return what is left of a text, and how many of its sentences are not."""
        if self.short is None or not self.short.search(text):
            return self.name(text), 0
        sentences = _SENTENCES.split(text)
        kept = [sentence for sentence in sentences if not self.short.search(sentence)]
        return self.name(" ".join(kept)), len(sentences) - len(kept)


def _pen(hidden: Sequence[Names]) -> _Pen | None:
    longer = [(pattern, each.instead) for each in hidden if (pattern := _any_of(_long(each)))]
    short = _any_of({name for each in hidden for name in each.names if 0 < len(name) < SHORTEST})
    return _Pen(longer, short) if longer or short else None


def _long(hidden: Names) -> set[str]:
    return {name for name in hidden.names if len(name) >= SHORTEST}


def _any_of(names: set[str]) -> re.Pattern[str] | None:
    """Return what finds any of them as a whole word, the longest first."""
    ordered = sorted(names, key=lambda name: (-len(name), name))
    return (
        re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in ordered), re.IGNORECASE)
        if ordered
        else None
    )


def _anew(content: Any, pen: _Pen) -> Any:
    if isinstance(content, list):
        return [_anew(value, pen) for value in content]
    if not isinstance(content, Mapping):
        return content
    found: dict[str, Any] = {}
    lost = content.get(COUNT, 0)
    for key, value in content.items():
        if key in WRITTEN:
            found[key], count = _written(key, value, pen)
            lost += count
        elif key in PEOPLE:
            found[key] = _people(value, pen)
        else:
            found[key] = _anew(value, pen)
    return {**found, COUNT: lost} if lost else found


def _written(key: str, value: Any, pen: _Pen) -> tuple[Any, int]:
    """Return a text, or a list of texts, and how many sentences of it are lost."""
    if isinstance(value, str):
        text, lost = pen.text(value)
        return text or (_NOTHING_LEFT.get(key, _LEFT_OUT) if lost else text), lost
    if isinstance(value, list):
        each = [_written(key, one, pen) for one in value]
        return [one for one, _ in each if one], sum(lost for _, lost in each)
    return value, 0


def _people(value: Any, pen: _Pen) -> Any:
    if isinstance(value, str):
        return pen.name(value)
    return [_people(one, pen) for one in value] if isinstance(value, list) else value


def people_in(row: Mapping[str, Any]) -> Iterator[str]:
    """Yield the people whom a row names, one by one."""
    for key in PEOPLE & row.keys():
        value = row[key]
        yield from (name for name in (value if isinstance(value, list) else [value]) if name)
