"""Tokens as pages show them: what each may, where, and how long."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from pilots.access.models import ApiToken, Program, User
from pilots.models import Pilot
from pilots.web.spoken import ahead, days, spoken

GONE = "something that is gone, or that you see no longer"


@dataclass(frozen=True)
class TokenRow:
    """A token in words; `start` is how its secret begins, and `is_over` whether it has expired."""

    name: str
    start: str
    may: str
    limits: str
    made: str
    ends: str
    is_over: bool


def token_rows(tokens: Sequence[ApiToken], reader: User, *, now: datetime) -> list[TokenRow]:
    """Return the tokens in their order; two queries for any number of them."""
    wanted_programs = {pk for token in tokens for pk in token.program_ids}
    wanted_pilots = {pk for token in tokens for pk in token.pilot_ids}
    programs = dict(
        Program.objects.visible_to(reader).filter(pk__in=wanted_programs).values_list("pk", "name")
    )
    pilots = dict(Pilot.objects.visible_to(reader).filter(pk__in=wanted_pilots).values_list("pk", "key"))
    return [_row(token, programs, pilots, now) for token in tokens]


def _row(token: ApiToken, programs: dict[int, str], pilots: dict[int, str], now: datetime) -> TokenRow:
    named = [programs.get(pk, GONE) for pk in token.program_ids]
    named += [pilots.get(pk, GONE) for pk in token.pilot_ids]
    is_over = token.expiry is not None and token.expiry <= now
    today = timezone.localdate(now)
    return TokenRow(
        name=token.name,
        start=token.token_key,
        may=_may(token),
        limits=", ".join(dict.fromkeys(named)) or "everything you see",
        made=spoken(timezone.localdate(token.created), today),
        ends=_ends(token.expiry, now, is_over=is_over),
        is_over=is_over,
    )


def _may(token: ApiToken) -> str:
    if token.may_write:
        return "read and change"
    return "send readings" if token.may_measure else "read"


def _ends(expiry: datetime | None, now: datetime, *, is_over: bool) -> str:
    if expiry is None:
        return "never"
    day, today = timezone.localdate(expiry), timezone.localdate(now)
    if is_over:
        passed = (today - day).days
        return f"over since {spoken(day, today)}" + (f", {days(passed)}" if passed else "")
    return f"{spoken(day, today)}, {ahead(day, today)}"
