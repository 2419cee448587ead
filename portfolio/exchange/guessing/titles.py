"""What the title of a column says it means, and how plainly."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from pilots.lifecycle import Stage
from portfolio.exchange.columns import titled
from portfolio.exchange.folding import fold
from portfolio.exchange.guessing.spelling import holds, words_of
from portfolio.exchange.guessing.title_words import (
    AI_ACT,
    ANY_OWNER,
    ANY_OWNER_CODE,
    ANY_START,
    BESIDE,
    BESIDE_MAIL,
    MAIL,
    ONLY_ALONE,
    OWNER_FIRST,
    PLANNED,
    TITLES,
)

# Beyond what title and cells reach together, so nothing competes with our own titles.
OUR_OWN = 200
OWN_FIELD = 95
SAYS_SO = 80
GOES_LIVE = f"date:{Stage.PRODUCTION.value}"
HOLDS_AT_LEAST = 30
HOLDS_FOR_ALL = 40
# The tiers are the AI Act's, so a title that names it goes before one that says risk.
THE_ACT = 10

_CODES_OF: dict[str, list[str]] = {}
for _code, _phrases in TITLES.items():
    for _phrase in _phrases:
        _CODES_OF.setdefault(_phrase, []).append(_code)
# By their first word: the phrases that mean something inside a longer title, too.
_INSIDE: dict[str, list[tuple[tuple[str, ...], str]]] = {}
for _phrase, _codes in _CODES_OF.items():
    if _phrase not in ONLY_ALONE:
        _parts = tuple(_phrase.split())
        _INSIDE.setdefault(_parts[0], []).extend((_parts, _code) for _code in _codes)


@dataclass(frozen=True, kw_only=True)
class Hint:
    """What a title points to. `is_vague` when it leaves open which of several it is."""

    code: str
    points: int
    why: str
    is_vague: bool = False


def is_derived(title: str) -> bool:
    """Say whether Headway writes a column of this title and works it out itself."""
    column = titled(title)
    return column is not None and not column.meaning


def speaks_of_plans(title: str) -> bool:
    return any(holds(words_of(title), tuple(phrase.split())) for phrase in PLANNED)


def speaks_beside(title: str) -> bool:
    """Say whether a title names something about another column, such as a comment or the last update."""
    return bool(set(words_of(title)) & BESIDE)


def hints(title: str, custom: Iterable[tuple[str, str]] = ()) -> tuple[Hint, ...]:
    """Return what a title may mean, at most once each."""
    standard = titled(title)
    if standard is not None:
        why = "Headway itself writes a column of this title."
        return (Hint(code=standard.meaning, points=OUR_OWN, why=why),) if standard.meaning else ()
    found = {hint.code: hint for hint in _by_words(title)}
    for code, label in custom:
        if fold(label) == fold(title):
            why = "The program has a field of this name."
            found[f"custom:{code}"] = Hint(code=f"custom:{code}", points=OWN_FIELD, why=why)
    return tuple(found.values())


@lru_cache(maxsize=5_000)
def _by_words(title: str) -> tuple[Hint, ...]:
    words = words_of(title)
    if not words:
        return ()
    if set(words) & MAIL:
        return tuple(_address_of(words))
    phrase = " ".join(words)
    found = {code: _says_so(code, phrase) for code in _CODES_OF.get(phrase, ())}
    if phrase in ANY_OWNER:
        points = SAYS_SO + (phrase in OWNER_FIRST)
        why = "Its title says owner, but not of what."
        found[ANY_OWNER_CODE] = Hint(code=ANY_OWNER_CODE, points=points, why=why, is_vague=True)
    if not speaks_beside(title):
        for hint in _held(words):
            found.setdefault(hint.code, hint)
    if "risk" in found and any(holds(words, tuple(act.split())) for act in AI_ACT):
        found["risk"] = replace(found["risk"], points=SAYS_SO + THE_ACT)
    if speaks_of_plans(title):
        return tuple(_planned(found))
    return tuple(found.values())


def _planned(found: dict[str, Hint]) -> Iterator[Hint]:
    """A planned day is no history; that of going live is a milestone."""
    for code, hint in found.items():
        if code == GOES_LIVE:
            why = "Its title speaks of a planned go-live, which is a milestone."
            yield Hint(code="go_live_due", points=HOLDS_AT_LEAST + HOLDS_FOR_ALL, why=why, is_vague=True)
        elif not code.startswith("date:"):
            yield hint


def _says_so(code: str, phrase: str) -> Hint:
    if phrase in ANY_START and code.startswith("date:"):
        why = "Its title says start, but not of what: the idea, the pilot or the use."
        return Hint(code=code, points=SAYS_SO, why=why, is_vague=True)
    return Hint(code=code, points=SAYS_SO, why="Its title says so.")


def _held(words: tuple[str, ...]) -> list[Hint]:
    """Return hints of the phrases a longer title holds; the more of the title they are, the plainer."""
    longest: dict[str, int] = {}
    for place, word in enumerate(words):
        for phrase, code in _INSIDE.get(word, ()):
            if words[place : place + len(phrase)] == phrase:
                longest[code] = max(longest.get(code, 0), len(phrase))
    why = "Its title holds a word for it."
    return [
        Hint(code=code, points=HOLDS_AT_LEAST + round(HOLDS_FOR_ALL * length / len(words)), why=why)
        for code, length in longest.items()
    ]


def _address_of(words: tuple[str, ...]) -> list[Hint]:
    """Return whose address it is: of the role beside the word e-mail, else of any owner."""
    rest = tuple(word for word in words if word not in BESIDE_MAIL)
    phrase = " ".join(rest)
    roles = [code for code in _CODES_OF.get(phrase, ()) if code.startswith("owner:")]
    vague = not roles
    if not roles:
        roles = [hint.code for hint in _held(rest) if hint.code.startswith("owner:")]
        vague = not roles
        if vague and rest and phrase not in ANY_OWNER:
            return []
    why = "Its title says e-mail" + (", but not whose." if vague else " and whose.")
    return [
        Hint(code=role.replace("owner:", "owner_email:"), points=SAYS_SO, why=why, is_vague=vague)
        for role in roles or [ANY_OWNER_CODE]
    ]
