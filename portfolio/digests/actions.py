"""What people change about their own digest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from pilots.access.models import Event, Program, User
from pilots.access.models.user import zone_names
from pilots.actions.by import By, Reason, Refused
from pilots.actions.event import event
from portfolio.digests.models import DigestForm, DigestScope, DigestSetting, setting_of
from portfolio.digests.week import MONDAY, NINE, SUNDAY, local

SAVED = ("is_on", "weekday", "hour", "scope", "paused_until", "as_form")


@dataclass(frozen=True, kw_only=True)
class Preferences:
    """How somebody wants their digest. `paused_until` is the first day on which it may come again."""

    is_on: bool = True
    weekday: int = MONDAY
    hour: int = NINE
    zone: str = "UTC"
    scope: DigestScope = DigestScope.EVERYTHING
    programs: Sequence[Program] = ()
    paused_until: date | None = None
    as_form: DigestForm | None = None


def set_preferences(person: User, wanted: Preferences, *, by: By) -> DigestSetting:
    """Keep how somebody wants their digest, and the zone they live in. Raises `Refused`."""
    _check(person, wanted, by=by)
    with transaction.atomic():
        person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
        setting = _row(person)
        before = _told(setting)
        values = {
            "is_on": wanted.is_on,
            "weekday": wanted.weekday,
            "hour": wanted.hour,
            "scope": wanted.scope.value,
            "paused_until": wanted.paused_until,
            "as_form": wanted.as_form.value if wanted.as_form else "",
        }
        for name, value in values.items():
            setattr(setting, name, value)
        setting.save(update_fields=SAVED)
        setting.programs.set(wanted.programs if wanted.scope is DigestScope.CHOSEN else [])
        person.zone = wanted.zone
        person.save(update_fields=["zone"])
        setting.user = person
        _record("digest.set", person, before, _told(setting), by=by)
    return setting


def unsubscribe(person: User, *, by: By) -> bool:
    """Stop somebody's digest; return whether it was on. Once it is off, stopping it again changes nothing."""
    with transaction.atomic():
        person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
        setting = _row(person)
        if not setting.is_on:
            return False
        setting.is_on = False
        setting.save(update_fields=["is_on"])
        _record("digest.stopped", person, {"is_on": True}, {"is_on": False}, by=by)
    return True


def _row(person: User) -> DigestSetting:
    """Return the row of somebody who is locked; who never chose gets one."""
    DigestSetting.objects.bulk_create([setting_of(person)], ignore_conflicts=True)
    return DigestSetting.objects.select_related("user").get(user=person)


def _told(setting: DigestSetting) -> dict[str, Any]:
    kept = {name: getattr(setting, name) for name in SAVED}
    return {
        **kept,
        "paused_until": str(setting.paused_until or ""),
        "zone": setting.user.zone,
        "programs": sorted(setting.programs.values_list("slug", flat=True)),
    }


def _record(verb: str, person: User, before: dict[str, Any], after: dict[str, Any], *, by: By) -> None:
    changed = [name for name in after if before.get(name) != after[name]]
    if changed:
        told = event(
            verb,
            by=by,
            subject=person.email,
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )
        Event.objects.bulk_create([told])


def _check(person: User, wanted: Preferences, *, by: By) -> None:
    reasons = []
    if not MONDAY <= wanted.weekday <= SUNDAY:
        reasons.append(Reason("Choose a day of the week.", "weekday", "choice"))
    if not 0 <= wanted.hour <= 23:
        reasons.append(Reason("Choose an hour from 00:00 to 23:00.", "hour", "choice"))
    if wanted.zone not in zone_names():
        reasons.append(
            Reason(
                f"“{wanted.zone[:64]}” is no time zone. Write one such as Europe/Berlin.", "zone", "choice"
            )
        )
    elif wanted.paused_until and wanted.paused_until <= local(by.at, wanted.zone).date():
        reasons.append(
            Reason(
                "Choose a later day than today, or leave it empty to pause no longer.", "paused_until", "past"
            )
        )
    if wanted.scope is DigestScope.CHOSEN and not wanted.programs:
        reasons.append(Reason("Choose at least one program.", "programs", "required"))
    visible = set(Program.objects.visible_to(person).values_list("pk", flat=True))
    if any(program.pk not in visible for program in wanted.programs):
        reasons.append(Reason("Choose among the programs you see.", "programs", "choice"))
    if reasons:
        raise Refused(reasons)
