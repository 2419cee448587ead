import pytest

from portfolio.outbox import kinds
from portfolio.outbox.kinds import Letter, Skip
from portfolio.outbox.models import Message
from tests.conftest import NOW

LETTER = Letter("a@example.com", "Hello", "Text")
# What has no account is told by its kind itself; a contact of the sample is never invited.
KINDS = ["digest", "sign_of_life", "decision_asked", "event", "invitation", "password_reset", "test"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("is_loopback", [True, False])
def test_demo_log_in_receives_nothing_whatever_the_kind(make_user, settings, monkeypatch, kind, is_loopback):
    settings.SITE_IS_LOOPBACK = is_loopback
    monkeypatch.setitem(kinds._KINDS, kind, lambda message, at: LETTER)
    demo = make_user("demo@example.com", is_sample=True)

    written = kinds.write(Message(kind=kind, person=demo), NOW)

    is_exception = kind == "password_reset" and is_loopback
    assert written == (LETTER if is_exception else Skip("Demo log-ins receive no mail."))


@pytest.mark.parametrize("kind", KINDS)
def test_closed_account_receives_nothing_whatever_the_kind(make_user, monkeypatch, kind):
    monkeypatch.setitem(kinds._KINDS, kind, lambda message, at: LETTER)
    closed = make_user("closed@example.com", is_active=False)

    assert kinds.write(Message(kind=kind, person=closed), NOW) == Skip("The account is closed.")


def test_others_do(make_user, monkeypatch):
    monkeypatch.setitem(kinds._KINDS, "test", lambda message, at: LETTER)

    assert kinds.write(Message(kind="test", person=make_user("a@example.com")), NOW) == LETTER
    assert kinds.write(Message(kind="test", person=None), NOW) == LETTER
