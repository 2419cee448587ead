"""Finds pilots whose names say much the same, so that nobody starts what another team has tried."""

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from pilots.access.models import User
from pilots.models import Pilot, StageTransition
from pilots.models.pilot import ENDED
from pilots.web.pilot_order import leads_of
from pilots.web.road import on
from pilots.web.spoken import days, spoken

SHOWN = 3
ALIKE_FROM = 0.5
_SMALL_WORDS = """
    about after also and assistant automated automation based beta data demo for from into intelligence
    learning machine model new not our pilot poc project prototype system test that the their this tool
    trial under using via with
"""
SMALL_WORDS = frozenset(_SMALL_WORDS.split())


@dataclass(frozen=True)
class Alike:
    """A pilot that looks like the one being logged, and what became of it in a sentence or two."""

    pilot: Pilot
    told: str


def words_of(name: str) -> frozenset[str]:
    """Return the words of a name that say what it is about, without their plural s."""
    words = re.findall(r"[^\W\d_]{3,}", name.casefold())
    return frozenset(word.removesuffix("s") for word in words if word not in SMALL_WORDS)


def most_alike(name: str, names: Iterable[tuple[int, str]]) -> list[int]:
    """Return the ids of up to three names that share most with this one, the likest first.

    A word weighs more the fewer names hold it. A name is alike when the shared words make up at
    least half of the weight of the shorter name's words.
    """
    wanted = words_of(name)
    known = [(pk, words_of(other)) for pk, other in names]
    count = Counter(word for _, words in known for word in words)
    weight = {word: math.log(1 + (len(known) + 1) / (count[word] + 1)) for word in wanted | count.keys()}

    def likeness(words: frozenset[str]) -> float:
        lesser = min(sum(weight[word] for word in wanted), sum(weight[word] for word in words))
        return sum(weight[word] for word in wanted & words) / lesser if lesser else 0

    scored = [(likeness(words), pk) for pk, words in known if wanted & words]
    return [pk for score, pk in sorted(scored, key=lambda pair: (-pair[0], pair[1])) if score >= ALIKE_FROM][
        :SHOWN
    ]


def alike(name: str, *, user: User, today: date) -> list[Alike]:
    """Return the pilots this person may see that look alike; four queries at most, one when none does."""
    if not words_of(name):
        return []
    visible = Pilot.objects.visible_to(user)
    ids = most_alike(name, visible.order_by("pk").values_list("pk", "name"))
    if not ids:
        return []
    pilots = {pilot.pk: pilot for pilot in visible.filter(pk__in=ids)}
    leads = leads_of(pilots.values())
    reasons = dict(
        StageTransition.objects.effective()
        .filter(pilot__in=ids, to_stage__in=ENDED)
        .in_order()
        .values_list("pilot_id", "reason")
    )
    return [
        Alike(pilots[pk], _told(pilots[pk], leads.get(pk), reason=reasons.get(pk, ""), today=today))
        for pk in ids
        if pk in pilots
    ]


def _told(pilot: Pilot, lead: str | None, *, reason: str, today: date) -> str:
    label, since = pilot.at_stage.label, pilot.since
    if pilot.is_ended:
        told = f"{label} {on(since, spoken(since, today) if since else '')}."
        return f"{told} “{reason}”" if reason else told
    passed = (today - since.latest).days if since else 0
    told = f"{label} for {days(passed)}." if passed > 0 else f"{label}."
    return f"{told} {lead}." if lead else f"{told} Nobody leads it yet."
