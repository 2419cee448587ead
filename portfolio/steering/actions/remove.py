"""Removes a pack that was frozen by mistake, with every link to it; the event says what it was."""

from dataclasses import dataclass

from django.db import transaction

from pilots.access.models import Event, User
from pilots.actions.by import By, Reason, Refused
from pilots.actions.change import refuse_unstorable
from pilots.actions.event import event
from portfolio.steering.access import require_to_remove
from portfolio.steering.models import Pack

LONGEST_REASON = 500


@dataclass(frozen=True, kw_only=True)
class Removal:
    pack: Pack
    reason: str


def remove_pack(removal: Removal, *, by: By) -> None:
    """Delete a pack; later packs stay, and are then compared with none.

    Raises `Pack.DoesNotExist` for one the person does not read, `Forbidden` for whoever may not, and
    `Refused` without a reason.
    """
    reason = removal.reason.strip()
    with transaction.atomic():
        pack = Pack.objects.visible_to(by.user).select_for_update(of=("self",)).get(pk=removal.pack.pk)
        if isinstance(by.user, User):
            require_to_remove(by.user, pack)
        refuse_unstorable({"reason": reason})
        if not reason:
            raise Refused([Reason("Say why it is removed.", "reason", "required")])
        if len(reason) > LONGEST_REASON:
            sentence = f"Write at most {LONGEST_REASON} characters; these are {len(reason)}."
            raise Refused([Reason(sentence, "reason", "length")])
        told = event(
            "pack.removed",
            by=by,
            program=pack.program,
            subject=pack.title,
            before={
                "pack": pack.pk,
                "meeting_on": pack.meeting_on.isoformat(),
                "frozen_at": pack.frozen_at.isoformat(),
                "frozen_by": str(pack.frozen_by or ""),
                "filters": pack.query,
                "state": pack.content["funnel"]["words"]["state"],
            },
            reason=reason,
        )
        Event.objects.bulk_create([told])
        pack.delete()
