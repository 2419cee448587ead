"""What a link opens: its pack, as far as the link shows it and its maker may still see it."""

from dataclasses import dataclass
from datetime import datetime

from pilots.access.models import User
from portfolio.steering.models import Pack, PackShare
from portfolio.steering.out.document import Document
from portfolio.steering.out.limits import Field
from portfolio.steering.out.made import document_of
from portfolio.steering.share.actions import digest_of, sharing_is_on


class Dead(Exception):
    """A link opens nothing: unknown, expired, revoked, switched off, or its maker sees the pack no longer.

    Which of them is told to nobody.
    """


@dataclass(frozen=True)
class Opened:
    """A link that works. `document` is what it shows, and holds nothing else."""

    share: PackShare
    document: Document


def open_share(token: str, at: datetime) -> Opened:
    """Return what a link shows at a moment; raise `Dead` otherwise. Costs the same for any pack."""
    if not sharing_is_on():
        raise Dead
    found = PackShare.objects.filter(digest=digest_of(token), revoked_at=None, expires_at__gt=at)
    share = found.select_related("pack", "made_by").first()
    if share is None or not is_backed(share.pack, share.made_by):
        raise Dead
    allowed = frozenset(Field(code) for code in share.sections if code in set(Field))
    return Opened(share, document_of(share.pack, share.made_by, allowed))


def is_backed(pack: Pack, maker: User | None) -> bool:
    """Return whether whoever made a link still has an account, and still sees every program of the pack."""
    if maker is None or not maker.is_active:
        return False
    return Pack.objects.visible_to(maker).filter(pk=pack.pk).exists()
