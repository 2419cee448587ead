"""What the title of a column says it means, and how plainly."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from portfolio.exchange.columns import titled
from portfolio.exchange.folding import fold
from portfolio.exchange.guessing.spelling import holds, words_of
from portfolio.exchange.guessing.title_words import (
    ANY_OWNER,
    ANY_OWNER_CODE,
    ANY_START,
    BESIDE,
    BESIDE_MAIL,
    MAIL,
    ONLY_ALONE,
    PLANNED,
    TITLES,
)

OUR_OWN = 100
OWN_FIELD = 95
SAYS_SO = 80
HOLDS_AT_LEAST = 30
HOLDS_AT_MOST = 70

_PHRASES = {code: [tuple(phrase.split()) for phrase in phrases] for code, phrases in TITLES.items()}
_LOOSE = {
    code: [phrase for phrase in phrases if " ".join(phrase) not in ONLY_ALONE]
    for code, phrases in _PHRASES.items()
}
_CODES_OF: dict[str, list[str]] = {}
for _code, _phrases in TITLES.items():
    for _phrase in _phrases:
        _CODES_OF.setdefault(_phrase, []).append(_code)


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


def _by_words(title: str) -> list[Hint]:
    words = words_of(title)
    if not words:
        return []
    if set(words) & MAIL:
        return _address_of(words)
    phrase = " ".join(words)
    found = {code: _says_so(code, phrase) for code in _CODES_OF.get(phrase, ())}
    if phrase in ANY_OWNER:
        found[ANY_OWNER_CODE] = Hint(
            code=ANY_OWNER_CODE, points=SAYS_SO, why="Its title says owner, but not of what.", is_vague=True
        )
    if not set(words) & BESIDE:
        for hint in _held(words):
            found.setdefault(hint.code, hint)
    if speaks_of_plans(title):
        found = {code: hint for code, hint in found.items() if not code.startswith("date:")}
    return list(found.values())


def _says_so(code: str, phrase: str) -> Hint:
    if phrase in ANY_START and code.startswith("date:"):
        why = "Its title says start, but not of what: the idea, the pilot or the use."
        return Hint(code=code, points=SAYS_SO, why=why, is_vague=True)
    return Hint(code=code, points=SAYS_SO, why="Its title says so.")


def _held(words: tuple[str, ...], phrases: Mapping[str, list[tuple[str, ...]]] = _LOOSE) -> list[Hint]:
    """Return hints of the phrases a longer title holds; the more of the title they are, the plainer."""
    found = []
    for code, known in phrases.items():
        held = max((phrase for phrase in known if holds(words, phrase)), key=len, default=())
        if held:
            share = len(held) / len(words)
            points = HOLDS_AT_LEAST + round((HOLDS_AT_MOST - HOLDS_AT_LEAST) * share)
            found.append(Hint(code=code, points=points, why="Its title holds a word for it."))
    return found


def _address_of(words: tuple[str, ...]) -> list[Hint]:
    """Return whose address it is: of the role beside the word e-mail, else of any owner."""
    rest = tuple(word for word in words if word not in BESIDE_MAIL)
    phrase = " ".join(rest)
    roles = [code for code in _CODES_OF.get(phrase, ()) if code.startswith("owner:")]
    vague = not roles
    if not roles:
        owners = {code: known for code, known in _LOOSE.items() if code.startswith("owner:")}
        roles = [hint.code for hint in _held(rest, owners)]
        vague = not roles
    why = "Its title says e-mail" + (", but not whose." if vague else " and whose.")
    return [
        Hint(code=role.replace("owner:", "owner_email:"), points=SAYS_SO, why=why, is_vague=vague)
        for role in roles or [ANY_OWNER_CODE]
    ]
