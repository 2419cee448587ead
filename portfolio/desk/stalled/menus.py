"""The filters of the list of what is stuck that are not on, each with what can be chosen."""

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from pilots.calendar import Day
from pilots.models import Owner
from pilots.models.flag import KIND_CHOICES, SEVERITY_CHOICES
from pilots.rules import RULES
from pilots.rules.registry import Pattern
from pilots.web.flag_wish import ME, NOBODY, RESTS
from portfolio.desk.stalled.beside import Link, Menu

if TYPE_CHECKING:
    from portfolio.desk.stalled.page import StalledPage

MOST_PEOPLE = 30
WEEKS_BACK = (1, 2, 4)

Choice = tuple[str, str]


def menus(page: "StalledPage") -> list[Menu]:
    """Return a menu for each, and one for those that are asked for less; three queries."""
    every: list[tuple[str, str, Iterable[Choice]]] = [
        ("pattern", "Pattern", [(pattern.value, pattern.label) for pattern in Pattern]),
        ("program", "Program", _programs(page)),
        ("owner", "Owner", _owners(page) if page.is_free("owner") else []),
        ("assignee", "Seen to by", _assignees(page)),
    ]
    found = [Menu(label, _links(page, name, choices)) for name, label, choices in every if page.is_free(name)]
    if page.is_free("rule"):
        found.insert(2, _rules(page))
    return [menu for menu in [*found, Menu("More", _more(page), is_last=True)] if menu.links or menu.others]


def _rules(page: "StalledPage") -> Menu:
    """Return the rules that flag somebody here, most first; the others lead to an empty list."""
    here = {link.url for link in page.by_rule}
    others = _links(page, "rule", [(rule.key, f"{rule.title}, {rule.key}") for rule in RULES])
    return Menu("Rule", page.by_rule, others=[link for link in others if link.url not in here])


def _links(page: "StalledPage", name: str, choices: Iterable[Choice], *, before: str = "") -> list[Link]:
    return [Link(f"{before}{words}", page.with_(**{name: value})) for value, words in choices]


def _more(page: "StalledPage") -> list[Link]:
    today = timezone.localdate(page.now)
    since = [today - timedelta(weeks=weeks) for weeks in WEEKS_BACK]
    every: list[tuple[str, str, Iterable[Choice]]] = [
        ("severity", "Severity: ", [(code, label.lower()) for code, label in reversed(SEVERITY_CHOICES)]),
        ("kind", "Class: ", [(code, label.lower()) for code, label in KIND_CHOICES]),
        ("rest", "Only ", [(code, label.lower()) for code, label in RESTS] if page.is_asleep else []),
        ("new_since", "Newly stalled after ", [(day.isoformat(), str(Day(day))) for day in since]),
        ("mine", "", [("true", "Mine only"), ("false", "Not mine")]),
        ("starting", "", [("false", "Not starting position"), ("true", "Starting position only")]),
    ]
    return [
        link
        for name, before, choices in every
        if page.is_free(name)
        for link in _links(page, name, choices, before=before)
    ]


def _programs(page: "StalledPage") -> list[Choice]:
    programs = sorted({pilot.program for pilot in page.pilots}, key=lambda program: program.name)
    return [(program.slug, program.name) for program in programs] if len(programs) > 1 else []


def _owners(page: "StalledPage") -> list[Choice]:
    """Return the owners of what is shown on this page; whoever is not here would find nothing."""
    rows = (
        Owner.objects.filter(
            ownerships__pilot__in=[pilot.pk for pilot in page.pilots],
            ownerships__until__isnull=True,
            ownerships__deputises__isnull=True,
        )
        .distinct()
        .order_by("name", "pk")
    )
    return [(str(owner.pk), owner.name) for owner in rows[:MOST_PEOPLE]]


def _assignees(page: "StalledPage") -> list[Choice]:
    """Return whoever sees to something on this page, besides the reader and nobody."""
    people = {
        flag.assignee for row in page.rows for flag in row.flags if flag.assignee not in (None, page.reader)
    }
    named = sorted((str(user), str(user.pk)) for user in people if user)
    return [(ME, "Me"), (NOBODY, "Nobody"), *((pk, name) for name, pk in named[:MOST_PEOPLE])]
