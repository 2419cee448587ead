"""What can be invited can be mailed, and nothing else: both go by the same rule."""

import pytest

from pilots.access.address import plain_address
from pilots.actions.invitation import reasons_against
from pilots.models import Owner
from portfolio.outbox.kinds import Letter
from portfolio.outbox.letter import Undeliverable, mail_from
from tests.portfolio.outbox.test_letter import ADDRESSES, message

GOOD = {
    "maren@example.com": "maren@example.com",
    "o'hara+ai@example.com": "o'hara+ai@example.com",
    "a@bücher.example": "a@xn--bcher-kva.example",
}


@pytest.mark.parametrize(("text", "plain"), [*GOOD.items(), *((text, "") for text in ADDRESSES)])
def test_one_plain_address_or_none(text, plain):
    assert plain_address(text) == plain


@pytest.mark.parametrize("address", [*GOOD, *(text for text in ADDRESSES if text and "\x00" not in text)])
def test_what_can_be_invited_can_be_mailed(program, by, address):
    owner = Owner.objects.create(program=program, name="Aoife", email=address)
    try:
        mail_from(Letter(address, "Hello", "Text"), message())
        can_be_mailed = True
    except Undeliverable:
        can_be_mailed = False

    assert (not reasons_against([owner], by=by)) == can_be_mailed
