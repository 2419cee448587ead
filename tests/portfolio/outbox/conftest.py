import pytest

from portfolio.outbox import kinds
from portfolio.outbox.route import SMTP_BACKEND
from tests import smtp_sink


@pytest.fixture
def smtp(settings):
    """Serve a real mail server on this machine and send through it."""
    sink = smtp_sink.Sink()
    controller = smtp_sink.start(sink)
    settings.EMAIL_BACKEND = SMTP_BACKEND
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    settings.EMAIL_TIMEOUT = 2
    sink.controller = controller
    yield sink
    controller.stop(no_assert=True)


@pytest.fixture
def kind(monkeypatch):
    """Let a function write mail of the kind "test"; by itself it sends a short letter to `ref`."""

    def write(render=lambda message, at: kinds.Letter(message.ref, "Hello", "Good morning.")):
        monkeypatch.setitem(kinds._KINDS, "test", render)

    write()
    return write
