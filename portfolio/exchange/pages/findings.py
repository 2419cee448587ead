"""What a preview has to say, as tabs of tables and as questions."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import QueryDict

from portfolio.exchange.questions import Kind

PER_PAGE = 50
QUESTION = "question"
# Kind of a finding, its tab, and what is said where there is none. In the order in which they need somebody.
TABS = (
    (QUESTION, "To decide"),
    ("refused", "Refused"),
    ("not_understood", "Not understood"),
    ("new", "New"),
    ("changed", "Changed"),
    ("same", "The same"),
    ("left_out", "Left out"),
    ("noted", "Noted"),
    ("missing", "Not in this file"),
)
LABELS: dict[str, str] = dict(TABS)
# These speak of pilots; the others of single cells.
OF_PILOTS = frozenset({"refused", "new", "changed", "same", "missing"})
Found = dict[str, Any]


@dataclass(frozen=True)
class Tab:
    kind: str
    label: str
    count: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class Asking:
    """One question as the page asks it; `given` is the answer so far, or ""."""

    key: str
    line: int
    name: str
    says: str
    choices: Sequence[Sequence[str]]
    given: str
    here: str = ""
    there: str = ""


@dataclass(frozen=True)
class Group:
    """The questions of one kind, and the answers that can be given to all of them at once."""

    kind: str
    label: str
    count: int
    questions: list[Asking] = field(default_factory=list)
    of_all: Sequence[Sequence[str]] = ()
    given: str = ""


class Findings:
    """All findings of one preview, and the tab and page that the address asks for."""

    def __init__(self, details: Sequence[Found], asked: QueryDict, *, answers: dict[str, str]) -> None:
        self._details = details
        self._asked = asked
        self._answers = answers

    @cached_property
    def _by_kind(self) -> dict[str, list[Found]]:
        found: dict[str, list[Found]] = {kind: [] for kind, _ in TABS}
        for item in self._details:
            found.setdefault(item["kind"], []).append(item)
        return found

    @cached_property
    def shown(self) -> str:
        """The tab that is open: the one asked for, else the first that has something to say."""
        asked = self._asked.get("show", "")
        if asked in LABELS:
            return asked
        return next((kind for kind, _ in TABS if self._count(kind)), "new")

    @property
    def is_of_pilots(self) -> bool:
        return self.shown in OF_PILOTS

    def _count(self, kind: str) -> int:
        """Return how many findings a tab has; of questions those that nobody answered."""
        found = self._by_kind[kind]
        return sum(not item["answer"] for item in found) if kind == QUESTION else len(found)

    @property
    def tabs(self) -> list[Tab]:
        return [
            Tab(kind, label, f"{self._count(kind):,}", f"?show={kind}", kind == self.shown)
            for kind, label in TABS
            if self._by_kind[kind] or kind in ("new", "changed", "same", self.shown)
        ]

    @cached_property
    def page(self) -> Page[Found]:
        return Paginator(self._by_kind[self.shown], PER_PAGE).get_page(self._asked.get("page"))

    @property
    def groups(self) -> list[Group]:
        """The questions of this page by kind; what holds for all of a kind holds on every page."""
        groups = []
        for kind in Kind:
            of_kind = [item for item in self._by_kind[QUESTION] if item["question_kind"] == kind.value]
            here = [_asking(item) for item in self.page if item["question_kind"] == kind.value]
            if here:
                given = self._answers.get(f"{kind.value}:*", "")
                groups.append(Group(kind.value, kind.label, len(of_kind), here, _shared(of_kind), given))
        return groups

    def answers_in(self, sent: QueryDict) -> dict[str, str]:
        """Return the answers somebody sent, those to questions of this preview only; "" takes one back."""
        offered = {
            item["key"]: {choice[0] for choice in item["choices"]} | {""} for item in self._by_kind[QUESTION]
        }
        shared: dict[str, set[str]] = {}
        for kind in Kind:
            of_kind = [item for item in self._by_kind[QUESTION] if item["question_kind"] == kind.value]
            shared[f"{kind.value}:*"] = {choice[0] for choice in _shared(of_kind)} | {""}
        known = {**offered, **shared}
        given = {name.removeprefix("answer:"): str(sent[name]) for name in sent if name.startswith("answer:")}
        return {key: answer for key, answer in given.items() if answer in known.get(key, ())}


def _asking(item: Found) -> Asking:
    return Asking(
        key=item["key"],
        line=item["line"],
        name=item["name"],
        says=item["reason"],
        choices=item["choices"],
        given=item["answer"],
        here=item["here"],
        there=item["there"],
    )


def _shared(questions: Sequence[Found]) -> list[Sequence[str]]:
    """Return the answers that every question of a kind offers; nothing where there is one question only."""
    if len(questions) < 2:
        return []
    answers = [{choice[0] for choice in item["choices"]} for item in questions]
    common = set.intersection(*answers)
    return [choice for choice in questions[0]["choices"] if choice[0] in common]
