"""Settles which row is which where rules cannot tell: by answers, or as the mapping says. Plain rules."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from portfolio.desk.alike import words_of
from portfolio.exchange.findings import CellWarning, Refusal
from portfolio.exchange.folding import fold_name, one_line
from portfolio.exchange.identity import Doubtful, FreshReferences, How, KnownEntry, Matching
from portfolio.exchange.mapping import Ambiguous
from portfolio.exchange.questions import BOTH, FIRST, LEAVE_OUT, NEW, Choice, Kind, Question
from portfolio.exchange.understood import UnderstoodRow

OFFERED = 5  # pilots among which a person chooses
FEWEST_WORDS = 2  # that names must share: one word alone, such as a product's, says too little
LINES = 6  # lines a sentence names
SHOWN = 200  # characters of a problem statement that tell two rows apart


@dataclass
class Settled:
    """Which row is which pilot, which are new, and what is to be said and asked about the rest."""

    known: list[tuple[UnderstoodRow, KnownEntry, How]] = field(default_factory=list)
    new: list[tuple[UnderstoodRow, str]] = field(default_factory=list)
    left_out: int = 0
    warnings: list[CellWarning] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)

    def drop(self, lines: set[int]) -> None:
        """Take rows out of the new ones."""
        self.new = [pair for pair in self.new if pair[0].line not in lines]


def settle(
    matching: Matching,
    *,
    strangers: Sequence[KnownEntry],
    references: Iterable[str],
    ambiguous: Ambiguous,
    twins: Mapping[int, int],
    answers: Mapping[str, str] | None,
) -> Settled:
    """Settle every row of a matching. `strangers` are pilots here that this register has not met.

    `references` are those taken in the register, `twins` maps a row's line to that of an earlier one which
    says the same. With `answers` None nobody is there to ask: the mapping decides, and it is said.
    """
    settled = Settled(known=list(matching.known), new=list(matching.new))
    if answers is None:
        _unattended(settled, matching.ambiguous, strangers, ambiguous, twins)
        return settled
    fresh = FreshReferences([*references, *(reference for _, reference in matching.new)])
    _ask_doubtful(settled, matching.ambiguous, fresh, answers)
    _ask_alike(settled, strangers, fresh, answers)
    _ask_twins(settled, answers)
    _refuse_doubled(settled)
    settled.known.sort(key=lambda trio: trio[0].line)
    settled.new.sort(key=lambda pair: pair[0].line)
    return settled


# --- Nobody there to ask -----------------------------------------------------------


def _unattended(
    settled: Settled,
    doubtful: Sequence[Doubtful],
    strangers: Sequence[KnownEntry],
    ambiguous: Ambiguous,
    twins: Mapping[int, int],
) -> None:
    for item in doubtful:
        if ambiguous is Ambiguous.REFUSE:
            settled.refused.append(Refusal(item.row.line, item.reason))
        else:
            settled.left_out += 1
            reason = f"{item.reason} The mapping leaves it out."
            settled.warnings.append(CellWarning(item.row.line, "", item.row.name, reason, is_noted=True))
    alike = _by_name(strangers)
    for row, _ in settled.new:
        if row.line in twins:
            reason = f"It is the same as row {twins[row.line]}, word for word; both are imported."
            settled.warnings.append(CellWarning(row.line, "", row.name, reason))
        if found := alike.get(fold_name(row.name)):
            reason = f"{found[0].key} is called the same. It is logged as another pilot."
            settled.warnings.append(CellWarning(row.line, "", row.name, reason))


# --- Questions ---------------------------------------------------------------------


class _Alike:
    """Finds pilots here by a name: the same one, or one of the same words in another order or number."""

    def __init__(self, entries: Sequence[KnownEntry]) -> None:
        self._same = _by_name(entries)
        self._words: dict[frozenset[str], list[KnownEntry]] = defaultdict(list)
        for entry in entries:
            self._words[words_of(entry.present["name"])].append(entry)

    def to(self, name: str) -> tuple[list[KnownEntry], str]:
        """Return the pilots, those of the same name first, and how they are called beside it."""
        same, words = self._same.get(fold_name(name), []), words_of(name)
        others = self._words.get(words, []) if len(words) >= FEWEST_WORDS else []
        found = same + [entry for entry in others if all(entry is not one for one in same)]
        return found, "the same" if same else "much the same"


def _by_name(entries: Iterable[KnownEntry]) -> dict[str, list[KnownEntry]]:
    named: dict[str, list[KnownEntry]] = defaultdict(list)
    for entry in entries:
        named[fold_name(entry.present["name"])].append(entry)
    return named


def _mark(kind: Kind, row: UnderstoodRow) -> str:
    return f"{kind.value}:{row.line}:{row.digest[:8]}"


def _ask_doubtful(
    settled: Settled, doubtful: Sequence[Doubtful], fresh: FreshReferences, answers: Mapping[str, str]
) -> None:
    for item in doubtful:
        question = _which(Kind.AMBIGUOUS, item.row, item.reason, item.candidates)
        settled.questions.append(question)
        _take(settled, item.row, question.answer(answers), item.candidates, fresh)


def _ask_alike(
    settled: Settled, strangers: Sequence[KnownEntry], fresh: FreshReferences, answers: Mapping[str, str]
) -> None:
    alike, settled_lines = _Alike(strangers), set[int]()
    for row, _ in list(settled.new):
        found, called = alike.to(row.name)
        if not found:
            continue
        told = ", ".join(entry.key for entry in found[:OFFERED])
        says = f"{told} is called {called} and did not come from this list."
        question = _which(Kind.ALIKE, row, says, found)
        settled.questions.append(question)
        answer = question.answer(answers)
        if answer and answer != NEW:
            settled_lines.add(row.line)
            _take(settled, row, answer, found, fresh)
    settled.drop(settled_lines)


def _which(kind: Kind, row: UnderstoodRow, says: str, candidates: Sequence[KnownEntry]) -> Question:
    offered = [
        Choice(entry.key, f"It is {entry.key} {entry.present['name']}")
        for entry in [entry for entry in candidates if entry.is_visible][:OFFERED]
    ]
    choices = (*offered, Choice(NEW, "Log it as a new pilot"), Choice(LEAVE_OUT, "Leave this row out"))
    return Question(key=_mark(kind, row), kind=kind, line=row.line, name=row.name, says=says, choices=choices)


def _take(
    settled: Settled,
    row: UnderstoodRow,
    answer: str,
    candidates: Sequence[KnownEntry],
    fresh: FreshReferences,
) -> None:
    """Put a row where an answer says; without one it stays open, and is neither new nor known."""
    chosen = next((entry for entry in candidates if entry.key == answer), None)
    if chosen:
        settled.known.append((row, chosen, How.ANSWER))
    elif answer == NEW:
        settled.new.append((row, fresh.of(row)))
    elif answer == LEAVE_OUT:
        settled.left_out += 1
        reason = "It is left out, as you decided."
        settled.warnings.append(CellWarning(row.line, "", row.name, reason, is_noted=True))


def _ask_twins(settled: Settled, answers: Mapping[str, str]) -> None:
    """Ask once for all new rows of one name: people number their lists, or copy a row by mistake."""
    families: dict[str, list[tuple[UnderstoodRow, str]]] = defaultdict(list)
    for row, reference in settled.new:
        if not row.reference:
            families[row.family].append((row, reference))
    doubled: set[int] = set()
    for members in families.values():
        if len(members) == 1:
            continue
        first, second = members[0][0], members[1][0]
        same = len({row.digest for row, _ in members}) == 1
        lines = ", ".join(_place(row) for row, _ in members[:LINES])
        more = f" and {len(members) - LINES} more" if len(members) > LINES else ""
        likeness = "say the same, word for word" if same else "are called the same"
        question = Question(
            key=_mark(Kind.TWIN, first),
            kind=Kind.TWIN,
            line=first.line,
            name=first.name,
            says=f"{len(members)} rows {likeness}: lines {lines}{more}.",
            choices=(
                Choice(BOTH, "Each row is a pilot of its own"),
                Choice(FIRST, "They are one pilot: take the first row"),
            ),
            here="" if same else f"Line {first.line}: {_short(first.problem)}",
            there="" if same else f"Line {second.line}: {_short(second.problem)}",
        )
        settled.questions.append(question)
        if question.answer(answers) == FIRST:
            doubled |= {row.line for row, _ in members[1:]}
            for row, _ in members[1:]:
                settled.left_out += 1
                reason = f"It is left out for line {first.line}, as you decided."
                settled.warnings.append(CellWarning(row.line, "", row.name, reason, is_noted=True))
    settled.drop(doubled)


def _place(row: UnderstoodRow) -> str:
    return f"{row.line} in {row.unit}" if row.unit else str(row.line)


def _short(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 1]}…"


def _refuse_doubled(settled: Settled) -> None:
    """Refuse rows that are all one pilot: the second would undo what the first says."""
    of_pilot: dict[int, list[UnderstoodRow]] = defaultdict(list)
    for row, entry, _ in settled.known:
        of_pilot[entry.pilot].append(row)
    keys = {entry.pilot: entry.key for _, entry, _ in settled.known}
    for pilot, rows in of_pilot.items():
        if len(rows) > 1:
            lines = ", ".join(str(row.line) for row in rows)
            reason = f"Lines {lines} are all {keys[pilot]}. Give all but one another answer."
            settled.refused += [Refusal(row.line, reason) for row in rows[1:]]
