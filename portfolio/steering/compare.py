"""Compares a pack with the one before it. Plain functions over the content of both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pilots.web.spoken import days

Content = Mapping[str, Any]

ARRIVED = {"production": "Of all, reached production", "sustained": "Of all, held value"}


@dataclass(frozen=True)
class Number:
    """One number then and now; None where it is not counted. `is_share`: out of 1."""

    label: str
    then: float | None
    now: float | None
    is_share: bool = False
    is_alike: bool = True  # counted over as long a time

    @property
    def is_known(self) -> bool:
        return self.then is not None and self.now is not None

    @property
    def change(self) -> float | None:
        """Return by how much it rose, below 0 if it fell; None where the two cannot be compared."""
        if self.then is None or self.now is None or not self.is_alike:
            return None
        return round(self.now - self.then, 4)


@dataclass(frozen=True)
class Comparison:
    """Numbers then and now; the questions of the pack before, and which of them are asked no longer.

    `differs` says why the numbers cannot be compared one to one; "" when the filters are the same.
    """

    numbers: Sequence[Number]
    waiting: Sequence[Mapping[str, Any]]
    gone: Sequence[Mapping[str, Any]]
    differs: str = ""


def compare(then: Content, now: Content) -> Comparison:
    """Return what became of the numbers and questions of a pack by the time of a later one."""
    asked_now = {line["id"] for line in now["decisions"]}
    is_cut = now["decisions_total"] > len(now["decisions"])
    waiting = [line for line in then["decisions"] if line["id"] in asked_now]
    # Of a list that was cut nobody can say that a question has gone from it.
    gone = [] if is_cut else [line for line in then["decisions"] if line["id"] not in asked_now]
    return Comparison(_numbers(then, now), waiting, gone, _differs(then, now))


def _numbers(then: Content, now: Content) -> list[Number]:
    was, has = then["funnel"], now["funnel"]
    before = {stage["stage"]: stage for stage in was["stages"]}
    numbers = [
        Number(stage["name"], _of(before.get(stage["stage"]), "reached"), stage["reached"])
        for stage in has["stages"]
    ]
    numbers += [
        Number("Undecided", was["undecided"], has["undecided"]),
        Number("Stopped or retired", was["ended"], has["ended"]),
        _rate(was, has),
        Number("Decisions waiting", then["decisions_total"], now["decisions_total"]),
        _stalled(then, now),
    ]
    return [number for number in numbers if number.then is not None or number.now is not None]


def _of(stage: Mapping[str, Any] | None, name: str) -> float | None:
    return None if stage is None else stage[name]


def _stalled(then: Content, now: Content) -> Number:
    """Return how many stalled newly, and within which time: thirty days are no match for an afternoon."""
    long, longer = _window(then), _window(now)
    counts = then["stalled_total"], now["stalled_total"]
    if long == longer:
        return Number(f"Newly stalled in {long}", *counts)
    return Number(f"Newly stalled: in {long} then, in {longer} now", *counts, is_alike=False)


def _window(content: Content) -> str:
    """Return for how long a pack told news: “30 days”."""
    frozen, since = (date.fromisoformat(day) for day in (content["frozen_on"], content["since"]["on"]))
    return days((frozen - since).days) if frozen > since else "less than a day"


def _rate(was: Content, has: Content) -> Number:
    """Return the share that arrived; then is None where another stage was waited for."""
    then = _arrived(was) if was["goal"] == has["goal"] else None
    return Number(ARRIVED.get(has["goal"], ""), then, _arrived(has), is_share=True)


def _arrived(funnel: Content) -> float | None:
    """Return the share to four places; None where nothing is counted."""
    if funnel["arrived"] is None or not funnel["denominator"]:
        return None
    return round(float(funnel["arrived"]) / float(funnel["denominator"]), 4)


def _differs(then: Content, now: Content) -> str:
    was, has = (dict(map(tuple, content["filters"])) for content in (then, now))
    changed = [label for label in {**was, **has} if was.get(label) != has.get(label)]
    if not changed:
        return ""
    said = "; ".join(f"{label}: {was.get(label, 'any')}, now {has.get(label, 'any')}" for label in changed)
    return f"The two packs are not of the same pilots. {said}."
