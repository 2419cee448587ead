"""Everything that changes which packs are shared by link: the site's switch, a new link, the end of one."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from django.db import transaction
from django.db.models import F, QuerySet

from pilots.actions.account import require_administrator
from pilots.actions.by import By, Forbidden, Reason, Refused
from pilots.actions.event import event
from portfolio.steering.access import require_to_share
from portfolio.steering.models import Pack, PackShare, Sharing
from portfolio.steering.out.limits import Field

USUAL_DAYS, MOST_DAYS = 14, 90
TOKEN_BYTES = 24  # 192 bits
MOST_SHARES = 20  # links of one pack that work at once; more are a mistake
IS_OFF = "Sharing by link is switched off on this site. An administrator can allow it: Settings, Sharing."


@dataclass(frozen=True, kw_only=True)
class NewShare:
    """A link to make: which fields it shows beyond the counts, and for how many days it works."""

    pack: Pack
    fields: Collection[Field] = ()
    days: int = USUAL_DAYS


def sharing_is_on() -> bool:
    return Sharing.objects.filter(pk=1, is_on=True).exists()


def switch_sharing(*, is_on: bool, by: By) -> int:
    """Allow links, or forbid them; off ends every link there is, for good. Return how many were ended.

    Raises `Forbidden` for whoever does not run the site.
    """
    require_administrator(by.user, "say whether packs may be shared by link")
    with transaction.atomic():
        row, _ = Sharing.objects.select_for_update().get_or_create(pk=1, defaults={"changed_at": by.at})
        if row.is_on == is_on:
            return 0
        row.is_on, row.changed_by, row.changed_at = is_on, by.user, by.at
        row.save(update_fields=["is_on", "changed_by", "changed_at"])
        ended = 0
        if not is_on:
            ended = PackShare.objects.filter(revoked_at=None, expires_at__gt=by.at).update(
                revoked_at=by.at, revoked_by=by.user
            )
        event("sharing.switched", by=by, before={"on": not is_on}, after={"on": is_on, "ended": ended}).save()
    return ended


def share_pack(new: NewShare, *, by: By) -> tuple[PackShare, str]:
    """Make a link and return it with its token, which is kept nowhere.

    Raises `Forbidden` for whoever does not run every program of the pack, `Refused` while sharing is off or
    for a lifetime nobody gets; `Pack.DoesNotExist` for a pack the person does not see.
    """
    user = by.user
    if user is None:
        raise Forbidden("A link belongs to the person who answers for it.")
    with transaction.atomic():
        # Whoever switches sharing off waits for this, and then ends the new link too.
        switch = Sharing.objects.select_for_update().filter(pk=1).first()
        pack = Pack.objects.visible_to(user).get(pk=new.pack.pk)
        require_to_share(by.user, pack)
        if switch is None or not switch.is_on:
            raise Refused.because(IS_OFF, code="sharing-off")
        if not 1 <= new.days <= MOST_DAYS:
            sentence = f"A link works for 1 to {MOST_DAYS} days."
            raise Refused([Reason(sentence, "days", "out-of-range")])
        if live(pack, by).count() >= MOST_SHARES:
            sentence = (
                f"This pack has {MOST_SHARES} links that work, the most there can be. Revoke one first."
            )
            raise Refused.because(sentence, code="too-many")
        token = secrets.token_urlsafe(TOKEN_BYTES)
        share = PackShare.objects.create(
            pack=pack,
            digest=digest_of(token),
            sections=sorted(field.value for field in set(new.fields)),
            made_by=user,
            made_at=by.at,
            expires_at=by.at + timedelta(days=new.days),
        )
        told = {"fields": share.sections, "until": share.expires_at.isoformat()}
        event(
            "pack.shared", by=by, program=pack.program, subject=pack.title, after={"link": share.pk, **told}
        ).save()
    return share, token


def revoke_share(share: PackShare, *, by: By) -> None:
    """End a link. Raises `Refused` for one that has ended, `Forbidden` for whoever may not share its pack."""
    with transaction.atomic():
        row = PackShare.objects.select_for_update().get(pk=share.pk)
        pack = Pack.objects.visible_to(by.user).get(pk=row.pack_id)
        require_to_share(by.user, pack)
        if row.revoked_at is not None or row.expires_at <= by.at:
            raise Refused.because("This link has ended already: it opens nothing.", code="ended")
        row.revoked_at, row.revoked_by = by.at, by.user
        row.save(update_fields=["revoked_at", "revoked_by"])
        event(
            "pack.share_revoked", by=by, program=pack.program, subject=pack.title, after={"link": row.pk}
        ).save()


def count_opening(share: PackShare, by: By) -> None:
    """Note that a link was opened; whoever holds it is nobody to us, so there is no name to note."""
    PackShare.objects.filter(pk=share.pk).update(opened=F("opened") + 1, last_opened_at=by.at)


def live(pack: Pack, by: By) -> QuerySet[PackShare]:
    return PackShare.objects.filter(pack=pack, revoked_at=None, expires_at__gt=by.at)


def digest_of(token: str) -> str:
    """Return what is kept of a token. It is random and long, so a plain digest cannot be guessed back."""
    return sha256(token.encode()).hexdigest()
