"""What of an import one reader may be told: nothing of a pilot that is hidden from them.

A preview was made for whoever asked for it; another manager, or an administrator, may see less.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pilots.access.models import User
from pilots.models import Pilot

_KEY = re.compile(r"[A-Z0-9]+-[0-9]+")
_OF_A_PILOT = frozenset({"new", "changed", "same"})


def hidden_from(reader: User | None) -> frozenset[str]:
    """Return the keys of all pilots a person may not see; one query."""
    if reader is None:
        return frozenset()
    visible = Pilot.objects.visible_to(reader).order_by().values("pk")
    return frozenset(Pilot.objects.exclude(pk__in=visible).order_by().values_list("key", flat=True))


def names_pilots(details: Sequence[Mapping[str, Any]]) -> bool:
    return any(_named(line) for line in details)


def details_for(details: Sequence[dict[str, Any]], hidden: Collection[str]) -> list[dict[str, Any]]:
    """Return the findings that speak of no hidden pilot, choices that name one left out.

    A finding is about a pilot when it names its key, or when it is about a line that is this pilot's.
    """
    lines = {line["line"] for line in details if line["kind"] in _OF_A_PILOT and line.get("pilot") in hidden}
    return [
        _without(line, hidden)
        for line in details
        if _named(line).isdisjoint(hidden) and not (line["line"] and line["line"] in lines)
    ]


def summary_for(summary: dict[str, Any], hidden: Collection[str]) -> dict[str, Any]:
    """Return the counts of an import; what an undo left of hidden pilots is said without their keys."""
    undone = summary.get("undone")
    if not undone or not hidden:
        return summary
    stayed = [["" if key in hidden else key, why] for key, why in undone["stayed"]]
    kept = [["", "", why] if key in hidden else [key, what, why] for key, what, why in undone["kept"]]
    return {**summary, "undone": {**undone, "stayed": stayed, "kept": kept}}


def _named(line: Mapping[str, Any]) -> set[str]:
    """Return the keys a finding names in what Headway says; cells of the file are the file's."""
    said = (line.get("pilot"), line.get("key"), line.get("reason"))
    return {key for text in said if text for key in _KEY.findall(text)}


def _without(line: dict[str, Any], hidden: Collection[str]) -> dict[str, Any]:
    choices = line.get("choices")
    if not choices or all(answer not in hidden for answer, _ in choices):
        return line
    return {**line, "choices": [choice for choice in choices if choice[0] not in hidden]}
