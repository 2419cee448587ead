"""The link of an invitation. It names a row and nothing else: what it may open is asked of the row."""

from django.conf import settings
from django.core import signing
from django.urls import reverse

from pilots.models import Invitation

_SIGNER = signing.Signer(salt="portfolio.desk.people.invitation", sep=".")


def invitation_url(invitation: Invitation) -> str:
    """Return the link for the mail: at our own address, whatever host a request named."""
    return settings.SITE_URL + reverse("people:accept", args=[_SIGNER.sign(str(invitation.pk))])


def read_invitation(token: str) -> Invitation | None:
    """Return the invitation of a link, lapsed or not; None for a link we did not make."""
    try:
        pk = int(_SIGNER.unsign(token))
    except (signing.BadSignature, ValueError):
        return None
    return Invitation.objects.select_related("owner__program", "program", "invited_by").filter(pk=pk).first()
