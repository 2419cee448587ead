"""The filters that are on, as sentences, each with the address of the list without it."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from pilots.access.models import User
from pilots.access.roles import OwnerRole
from pilots.calendar import Day
from pilots.design import Regime, ServingPattern
from pilots.lifecycle import LABELS, Stage
from pilots.models import Health, Owner, RiskTier
from pilots.models.cohort import Now
from pilots.rules import RULES
from pilots.rules.registry import Pattern
from pilots.web.cohort_filters import choices_of_changes
from pilots.web.field_filters import Answer
from pilots.web.spoken import months
from pilots.web.waiting import Waiting


@dataclass(frozen=True)
class Chip:
    """“Stage is **Piloting**”; `url` is the address without it.

    `is_frame` when what stands round the list shows it too, so that the whole page has to change.
    """

    says: str
    value: str
    url: str
    is_frame: bool = False


def _stage(code: str) -> str:
    return LABELS[Stage(code)][0]


def _rule(key: str) -> str:
    rule = RULES.get(key)
    return rule.title if rule else key


def _any_of(words: Iterable[str]) -> str:
    return " or ".join(words)


def _yes(word: str, otherwise: str) -> Callable[[Any], str]:
    return lambda value: word if value else otherwise


# Parameter of the address: how the sentence begins, and how it ends for a cleaned value.
SENTENCES: dict[str, tuple[str, Callable[[Any], str]]] = {
    "search": ("Search finds", str),
    "program": ("Program is", lambda program: str(program.name)),
    "state": ("Is", lambda state: {"active": "active", "ended": "stopped or retired"}[state]),
    "stage": ("Stage is", _stage),
    "reached": ("Has reached", _stage),
    "on_hold": ("Is", _yes("on hold", "not on hold")),
    "mine": ("Is", _yes("mine", "not mine")),
    "waits": ("Waits for my", lambda code: Waiting(code).label),
    "waiting": ("Waits for", lambda role: OwnerRole(role).label),
    "serving_pattern": ("It answers", lambda code: ServingPattern(code).label.lower()),
    "regime": ("It holds", lambda code: Regime(code).label),
    "unit": ("Unit is", str),
    "vendor": ("Vendor is", str),
    "risk": ("Risk tier is", lambda tier: RiskTier(tier).label),
    "tag": ("Tag is", str),
    "owner": ("Owner is", str),
    "decide_by_before": ("Decide by is before", lambda day: str(Day(day))),
    "undecided": ("Decision is", _yes("open", "made or not asked")),
    "production_owner": ("Owner is", _yes("named", "nobody")),
    "silent_since": ("Nothing heard since", lambda day: str(Day(day))),
    "health": ("Health is", lambda code: Health(code).label.lower()),
    "pattern": ("Pattern is", lambda code: Pattern(code).label),
    "rule": ("Flagged by", _rule),
    "flagged": ("Is", _yes("flagged now", "not flagged now")),
    "shared": ("Is flagged", _yes("with many others of its program", "by itself")),
    "deployed": ("Is", _yes("only deployed", "not only deployed")),
    "updated_since": ("Changed since", lambda moment: f"{moment:%d %b %Y, %H:%M %Z}"),
    "entry": ("Entered", _stage),
    "cohort_from": ("Entered on or after", lambda day: str(Day(day))),
    "cohort_to": ("Entered on or before", lambda day: str(Day(day))),
    "matured_months": ("Entered at least", lambda count: f"{months(count)} ago"),
    "as_of": ("Seen as of", lambda day: str(Day(day))),
    "known_at": ("As recorded at", lambda moment: f"{moment:%d %b %Y, %H:%M %Z}"),
    "furthest": ("Came as far as", lambda codes: _any_of(map(_stage, codes))),
    "there_now": ("Is there now, or further", _stage),
    "at": ("Is in", lambda codes: _any_of(map(_stage, codes))),
    "now": ("Is", lambda codes: _any_of(Now(code).label.lower() for code in codes)),
    "undated": ("Entry date is", _yes("not known", "known")),
    "young": ("Is", _yes("not matured yet", "matured")),
    "changed_to": ("Changed to", lambda code: dict(choices_of_changes())[code]),
    "changed_since": ("Changed on or after", lambda day: str(Day(day))),
    "changed_until": ("Changed on or before", lambda day: str(Day(day))),
}


def chips(
    asked: QueryDict, cleaned: Mapping[str, Any], *, hidden: Collection[str], reader: User, path: str
) -> list[Chip]:
    """Return a chip for each filter that is on. `hidden` are those the tabs show already."""
    found = []
    for name, value in cleaned.items():
        if value in (None, "", []) or name in hidden:
            continue
        if isinstance(value, Answer):
            found.append(Chip(value.says, value.words, without(asked, name, path=path)))
            continue
        says, told = SENTENCES[name]
        words = _owner_name(value, reader) if name == "owner" else told(value)
        found.append(Chip(says, words, without(asked, name, path=path), is_frame=name == "program"))
    return found


def _owner_name(owner_id: int, reader: User) -> str:
    owner = Owner.objects.visible_to(reader).filter(pk=owner_id).first()
    return owner.name if owner else "somebody you cannot see"


def without(asked: QueryDict, *names: str, path: str) -> str:
    """Return the address without some parameters, and without the page, which they would change."""
    kept = asked.copy()
    for name in (*names, "page"):
        kept.pop(name, None)
    return f"{path}?{kept.urlencode()}" if kept else path
