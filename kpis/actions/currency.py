"""Sets up in which currency a program adds up, and what other currencies are worth in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction

from kpis.models import ProgramMoney, Rate
from kpis.money.currencies import fault_of_currency
from kpis.money.terms import DEFAULT_CURRENCY
from kpis.oneline import ALL_DIGITS
from pilots.access.models import Event, Program
from pilots.actions.by import By, Reason, Refused
from pilots.actions.change import refuse_unstorable
from pilots.actions.event import event
from pilots.actions.program import lock_program
from pilots.calendar import EARLIEST, Day

WHOLE_DIGITS, DECIMALS = 8, 8
LONGEST_NOTE = 200
MOST_RATES = 1_000
_FINEST = Decimal(1).scaleb(-DECIMALS)


@dataclass(frozen=True, kw_only=True)
class NewRate:
    """From `since` on a unit of `currency` is worth `rate` in the program's; `note` says where it is from."""

    program: Program
    currency: str
    rate: Decimal
    since: date
    note: str = ""


def set_currency(program: Program, currency: str, *, by: By) -> ProgramMoney:
    """Say in which currency a program adds up.

    Rates entered for another one say nothing in the new: raises `Refused` while there are any.
    """
    with transaction.atomic():
        locked = lock_program(program, by=by)
        row = ProgramMoney.objects.filter(program=locked).first()
        before = row.currency if row else DEFAULT_CURRENCY
        if sentence := fault_of_currency(currency):
            raise Refused.because(sentence, field="currency", code="currency")
        if currency != before and Rate.objects.filter(program=locked).exists():
            sentence = f"Its rates say what others are worth in {before}. Remove them first."
            raise Refused.because(sentence, field="currency", code="rates")
        row = row or ProgramMoney(program=locked)
        row.currency = currency
        row.save()
        if currency != before:
            told = {"before": {"currency": before}, "after": {"currency": currency}}
            _tell("program.currency_set", locked, currency, by=by, **told)
    return row


def add_rate(new: NewRate, *, by: By) -> Rate:
    """Write down what a currency is worth from a day on, for all periods that end then or later."""
    with transaction.atomic():
        program = lock_program(new.program, by=by)
        row = Rate(
            program=program,
            currency=new.currency,
            rate=new.rate,
            since=new.since,
            note=" ".join(new.note.split()),
            entered_by=by.user,
            entered_at=by.at,
        )
        refuse_unstorable({"note": row.note})
        if reasons := [*_faults_of_rate(row), *_faults_of_place(row, by)]:
            raise Refused(reasons)
        row.save(force_insert=True)
        _tell("rate.added", program, row.currency, after=_told(row), by=by)
    return row


def remove_rate(rate: Rate, *, by: By) -> None:
    """Raises `Rate.DoesNotExist` for one that is gone."""
    with transaction.atomic():
        program = lock_program(rate.program, by=by)
        row = Rate.objects.get(pk=rate.pk, program=program)
        _tell("rate.removed", program, row.currency, before=_told(row), by=by)
        row.delete()


def _faults_of_rate(row: Rate) -> list[Reason]:
    reasons = []
    if sentence := fault_of_currency(row.currency):
        reasons.append(Reason(sentence, "currency", "currency"))
    if not _fits(row.rate):
        sentence = (
            f"Write a rate with at most {WHOLE_DIGITS} digits before the point and {DECIMALS} after it, "
            f"{ALL_DIGITS} together, such as 0.92."
        )
        reasons.append(Reason(sentence, "rate", "digits"))
    elif row.rate <= 0:
        sentence = "A rate is more than 0: what one unit is worth."
        reasons.append(Reason(sentence, "rate", "positive"))
    if len(row.note) > LONGEST_NOTE:
        reasons.append(Reason(f"Write at most {LONGEST_NOTE} characters.", "note", "length"))
    return reasons


def _fits(rate: Decimal) -> bool:
    if not rate.is_finite():
        return False
    is_fine = rate.adjusted() < WHOLE_DIGITS and rate == rate.quantize(_FINEST)
    return is_fine and len(rate.normalize().as_tuple().digits) <= ALL_DIGITS


def _faults_of_place(row: Rate, by: By) -> list[Reason]:
    """Return what speaks against this rate beside the program's currency and its other rates."""
    chosen = ProgramMoney.objects.filter(program=row.program).first()
    own = chosen.currency if chosen else DEFAULT_CURRENCY
    reasons = []
    if row.currency == own:
        sentence = f"The program adds up in {own} itself. Choose another currency."
        reasons.append(Reason(sentence, "currency", "own"))
    if not row.since >= EARLIEST:
        reasons.append(Reason(f"{Day(row.since)} is outside 1990 to 2100.", "since", "year"))
    elif row.since > by.today(row.program):
        sentence = f"{Day(row.since)} has not come yet: nobody knows what it will be worth then."
        reasons.append(Reason(sentence, "since", "future"))
    there = Rate.objects.filter(program=row.program)
    if there.filter(currency=row.currency, since=row.since).exists():
        sentence = f"There is a rate of {row.currency} since {Day(row.since)} already. Remove it first."
        reasons.append(Reason(sentence, "since", "repeated"))
    if there.count() >= MOST_RATES:
        sentence = f"A program has at most {MOST_RATES:,} rates. Remove old ones."
        reasons.append(Reason(sentence, "", "too-many"))
    return reasons


def plain_rate(rate: Decimal) -> str:
    """Return a rate without the zeros its column adds: “0.92”."""
    text = f"{rate:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _told(row: Rate) -> dict[str, str]:
    told = {"rate": plain_rate(row.rate), "since": row.since.isoformat(), "note": row.note}
    return {name: value for name, value in told.items() if value}


def _tell(
    verb: str,
    program: Program,
    subject: str,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    by: By,
) -> None:
    told = event(verb, by=by, program=program, subject=subject, before=before or {}, after=after or {})
    Event.objects.bulk_create([told])
