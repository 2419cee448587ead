"""Ends a pilot well: it is stopped or retired, and says what it leaves behind for the next team."""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction

from pilots.access.permissions import Deed
from pilots.actions.by import By, Reason, Refused
from pilots.actions.change import Change, changing, refuse_unstorable
from pilots.actions.stage import Move, move_pilot
from pilots.calendar import Day
from pilots.design import Cause
from pilots.lifecycle import ENDS, RUNNING, Stage
from pilots.models import Ending, Pilot, StageTransition
from pilots.models.ending import ending_of

LONGEST_WORDS, LONGEST_NAME = 4000, 200
WHOLE_DIGITS, DECIMALS = 12, 2
CURRENCY = re.compile(r"[A-Z]{3}")
HALF = "Write an amount and its currency, or leave both empty where nobody knows."


@dataclass(frozen=True, kw_only=True)
class Legacy:
    """What a pilot leaves behind. `released_amount` is the money it frees; None where nobody knows."""

    cause: Cause | None = None
    lessons: str = ""
    reusable: str = ""
    decided_by: str = ""
    released_amount: Decimal | None = None
    released_currency: str = ""


@dataclass(frozen=True, kw_only=True)
class End:
    """Somebody ends a pilot: before production it is stopped, afterwards retired.

    `happened` is None for today.
    """

    pilot: Pilot
    reason: str
    legacy: Legacy
    happened: Day | None = None
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class LateLegacy:
    """What a pilot that ended before leaves behind, where nobody has said it yet."""

    pilot: Pilot
    legacy: Legacy
    version: int | None = None


def end_of(stage: Stage) -> Stage:
    """Return how a pilot in a stage ends."""
    return Stage.RETIRED if stage in RUNNING or stage is Stage.RETIRED else Stage.STOPPED


def end_pilot(end: End, *, by: By) -> Pilot:
    """Move a pilot to its end and write down what it leaves behind, both or neither.

    Raises what `move_pilot` raises, and `Refused` with every fault of the legacy beside its field.
    """
    move = Move(
        pilot=end.pilot,
        to=end_of(end.pilot.at_stage),
        happened=end.happened,
        reason=end.reason,
        version=end.version,
    )
    faults = _faults(end.legacy)
    with transaction.atomic():
        try:
            pilot = move_pilot(move, by=by)
        except Refused as refused:
            raise Refused([*refused.reasons, *faults]) from refused
        if faults:
            raise Refused(faults)
        return _write(pilot, end.legacy, by=by)


def tell_ending(late: LateLegacy, *, by: By) -> Pilot:
    """Write down what a pilot left behind that has ended without saying it, such as an imported one.

    Whoever may stop it may say so; it is said once.
    """
    faults = _faults(late.legacy)
    if faults:
        raise Refused(faults)
    versions = {late.pilot.pk: late.version} if late.version is not None else None
    with changing([late.pilot], deed=Deed.SEE, by=by, versions=versions) as change:
        pilot = change.pilots[late.pilot.pk]
        change.require(Deed.STOP if pilot.at_stage is Stage.STOPPED else Deed.MOVE, pilot)
        if not pilot.is_ended:
            raise Refused.because("It has not ended. Stop or retire it instead.", code="not-ended")
        if ending_of(pilot, list(pilot.transitions.in_order())):
            raise Refused.because("What it leaves behind is written down already.", code="told")
        Ending.objects.create(transition=_last_row(pilot), **_columns(late.legacy))
        _record(change, pilot, late.legacy)
    return pilot


def _write(pilot: Pilot, legacy: Legacy, *, by: By) -> Pilot:
    # The move has asked whether the person may; it holds the lock until both are written.
    with changing([pilot], deed=Deed.SEE, by=by) as change:
        pilot = change.pilots[pilot.pk]
        Ending.objects.create(transition=_last_row(pilot), **_columns(legacy))
        _record(change, pilot, legacy)
    return pilot


def _record(change: Change, pilot: Pilot, legacy: Legacy) -> None:
    change.record(pilot, "ending.told", after=_told(legacy), reason=legacy.lessons.strip())


def _last_row(pilot: Pilot) -> StageTransition:
    rows = StageTransition.objects.effective().filter(pilot=pilot, to_stage__in=[end.value for end in ENDS])
    return rows.order_by("-latest_on", "-pk")[0]


def _columns(legacy: Legacy) -> dict[str, Any]:
    return {
        "cause": legacy.cause.value if legacy.cause else "",
        "lessons": legacy.lessons.strip(),
        "reusable": legacy.reusable.strip(),
        "decided_by": " ".join(legacy.decided_by.split()),
        "released_amount": legacy.released_amount,
        "released_currency": _currency(legacy),
    }


def _told(legacy: Legacy) -> dict[str, Any]:
    """Return what an event keeps: the amount as text, so that no float ever touches it."""
    columns = _columns(legacy)
    amount = columns["released_amount"]
    return columns | {"released_amount": None if amount is None else f"{amount:.2f}"}


def _currency(legacy: Legacy) -> str:
    return legacy.released_currency.strip().upper()


def _faults(legacy: Legacy) -> list[Reason]:
    texts = {"lessons": legacy.lessons, "reusable": legacy.reusable, "decided_by": legacy.decided_by}
    refuse_unstorable(texts)
    limits = {"lessons": LONGEST_WORDS, "reusable": LONGEST_WORDS, "decided_by": LONGEST_NAME}
    faults = [
        Reason(f"This has at most {limit:,} characters.", name, "length")
        for name, limit in limits.items()
        if len(texts[name].strip()) > limit
    ]
    if legacy.cause is None:
        faults.append(Reason("Choose what came between: the next team looks for it.", "cause", "required"))
    return [*faults, *_money_faults(legacy)]


def _money_faults(legacy: Legacy) -> list[Reason]:
    amount, currency = legacy.released_amount, _currency(legacy)
    if amount is None and not currency:
        return []
    if amount is None:
        return [Reason(HALF, "released_amount", "half")]
    faults = []
    if not _fits(amount):
        sentence = (
            f"Write an amount with at most {WHOLE_DIGITS} digits and {DECIMALS} decimals, such as 61000.50."
        )
        faults.append(Reason(sentence, "released_amount", "digits"))
    elif amount < 0:
        faults.append(Reason("Money that is released is no less than 0.", "released_amount", "negative"))
    if not currency:
        faults.append(Reason(HALF, "released_currency", "half"))
    elif not CURRENCY.fullmatch(currency):
        faults.append(
            Reason("Write a currency in three letters, such as EUR.", "released_currency", "currency")
        )
    return faults


def _fits(amount: Decimal) -> bool:
    try:
        return (
            amount.is_finite()
            and amount.adjusted() < WHOLE_DIGITS
            and amount == amount.quantize(Decimal("0.01"))
        )
    except InvalidOperation:
        return False
