"""Guesses what the words of a file mean: stages, risk tiers, how it is built, yes and no, and nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from portfolio.exchange.folding import fold
from portfolio.exchange.guessing.contents import Contents, is_empty_word
from portfolio.exchange.guessing.shapes import STAGES, Doubt, column
from portfolio.exchange.guessing.spelling import quoted, spelt
from portfolio.exchange.guessing.value_words import (
    NO,
    OTHER_RISKS,
    REGIONS,
    YES,
    how_built_of,
    is_hold,
    risk_of,
    stage_of,
)
from portfolio.exchange.mapping_reader import NO as READ_AS_NO
from portfolio.exchange.mapping_reader import REFUSE, UNKNOWN
from portfolio.exchange.mapping_reader import YES as READ_AS_YES


@dataclass(frozen=True, kw_only=True)
class WordGuess:
    """Words as the file spells them and the codes they are proposed for."""

    words: dict[str, str]
    doubts: tuple[Doubt, ...] = ()


def guess_stages(contents: Contents) -> WordGuess:
    """Return a stage for each word that means one everywhere, "refuse" for all others."""
    words = {word: stage_of(word) or REFUSE for word in contents.words}
    held = [word for word in words if words[word] == REFUSE and is_hold(word)]
    unknown = [word for word in words if words[word] == REFUSE and not is_hold(word)]
    doubts = []
    if held:
        doubts.append(
            f"{quoted(held)} {_is(held)} no stage. Choose the stage these pilots had come to, and put them "
            "on hold once they are here."
        )
    if unknown:
        doubts.append(f"No stage is known for {quoted(unknown)}. Choose one, or such rows are refused.")
    blank = contents.rows - len(contents.said)
    if blank > 0:
        rows = "row says" if blank == 1 else "rows say"
        doubts.append(f"{blank} {rows} no stage. Choose one for them, or they are refused.")
    return WordGuess(words=words, doubts=tuple(Doubt(STAGES, says) for says in doubts))


def guess_risks(contents: Contents) -> WordGuess:
    """Return the tiers of the AI Act’s own words; beside words of other scales all stay unknown."""
    words = {word: risk_of(word) or UNKNOWN for word in contents.words}
    others = [word for word in words if words[word] == UNKNOWN]
    another_scale = [word for word in others if spelt(word) in OTHER_RISKS]
    if another_scale:
        # “High” beside “medium” need not be the Act's; a tier decides which requirements apply.
        words = dict.fromkeys(words, UNKNOWN)
        says = (
            f"{quoted(another_scale)} {_is(another_scale)} no tier of the AI Act, so this may be another "
            "scale. Choose what each word means, or the risk stays unknown."
        )
        return WordGuess(words=words, doubts=(Doubt(column(contents.profile.key), says),))
    return WordGuess(words=words, doubts=_unsaid(contents, others))


def guess_how_built(contents: Contents) -> WordGuess:
    words = {word: how_built_of(word) or UNKNOWN for word in contents.words}
    return WordGuess(
        words=words, doubts=_unsaid(contents, [word for word in words if words[word] == UNKNOWN])
    )


def _unsaid(contents: Contents, words: Sequence[str]) -> tuple[Doubt, ...]:
    if not words:
        return ()
    says = f"Nobody has said what {quoted(words)} {_is(words, 'means', 'mean')}; it stays unknown."
    return (Doubt(column(contents.profile.key), says),)


def _is(words: Sequence[str], one: str = "is", several: str = "are") -> str:
    return one if len(words) == 1 else several


def guess_yes_and_no(columns: Iterable[Contents]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the words for yes and no where the file has others than are read without being told."""
    words = sorted({fold(word) for contents in columns for word in contents.words})
    yes = tuple(word for word in words if word in YES)
    no = tuple(word for word in words if word in NO)
    if set(yes) <= READ_AS_YES and set(no) <= READ_AS_NO:
        return (), ()
    return yes or tuple(sorted(READ_AS_YES)), no or tuple(sorted(READ_AS_NO))


def guess_empty(columns: Sequence[Contents]) -> tuple[tuple[str, ...], tuple[Doubt, ...]]:
    """Return the words that mean nothing as far as they stand in the file, once each."""
    found: dict[str, str] = {}
    doubts = []
    for contents in sorted(columns, key=lambda item: item.profile.key):
        texts = {fold(cell.text): " ".join(cell.text.split()) for cell in reversed(contents.profile.cells)}
        if "na" in texts and REGIONS & texts.keys():
            key = contents.profile.key
            says = f"“NA” stands beside other regions in “{key}”; is it North America?"
            doubts.append(Doubt(column(key), says))
        for folded, text in texts.items():
            if is_empty_word(text):
                found.setdefault(folded, text)
    if doubts:
        # The words hold for all columns, so a region in one of them keeps “NA” everywhere.
        found.pop("na", None)
    return tuple(found[word] for word in sorted(found)), tuple(doubts)
