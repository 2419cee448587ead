"""Log lines: one JSON object each, with the request's id, without secrets."""

import io
import json
import logging
import logging.config

import pytest
import structlog

from portfolio import logs
from portfolio.request_log import RequestMiddleware


@pytest.fixture
def lines(monkeypatch):
    """Return a function that gives what was logged, through the real configuration."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    formatter = logs.settings()["formatters"]["line"]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=formatter["processors"], foreign_pre_chain=formatter["foreign_pre_chain"]
        )
    )
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [handler])
    return lambda: stream.getvalue().splitlines()


def test_text_from_outside_cannot_start_a_line_of_its_own(lines):
    logging.getLogger("portfolio.x").warning("Refused %s", 'a\r\n{"level": "error"}\u2028b\x85c')

    (line,) = lines()
    assert json.loads(line)["message"] == 'Refused a\r\n{"level": "error"}\u2028b\x85c'


def test_line_opens_with_when_how_bad_who_and_what(lines):
    structlog.get_logger("portfolio.x").warning("imported", rows=3)

    (line,) = lines()
    assert list(json.loads(line)) == ["timestamp", "level", "logger", "message", "rows"]


def test_traceback_stays_on_its_line(lines):
    try:
        raise ValueError("two\nlines")
    except ValueError:
        logging.getLogger("portfolio.x").exception("It failed")

    (line,) = lines()
    assert json.loads(line)["exception"].endswith("ValueError: two\nlines")


def test_request_is_logged_with_its_id_and_without_its_query(lines, client):
    client.get("/healthz?token=secret", REMOTE_ADDR="192.0.2.7")

    (line,) = [json.loads(line) for line in lines()]
    assert (line["message"], line["request"], line["code"]) == ("request_finished", "GET /healthz", 200)
    assert line["ip"] == "192.0.2.7"
    assert len(line["request_id"]) == 36
    assert "secret" not in str(line)


def test_key_of_a_sign_in_link_is_not_logged(rf):
    request = rf.get("/accounts/password/reset/key/3-d1ab2c/")

    assert RequestMiddleware.format_request(request) == "GET /accounts/password/reset/key/…/"


@pytest.mark.parametrize(
    ("is_behind_proxy", "forwarded", "expected"),
    [
        pytest.param(None, "203.0.113.9", "192.0.2.7", id="forged"),
        pytest.param(
            ("HTTP_X_FORWARDED_PROTO", "https"), "203.0.113.9, 198.51.100.4", "198.51.100.4", id="our-proxy"
        ),
        pytest.param(("HTTP_X_FORWARDED_PROTO", "https"), None, "192.0.2.7", id="past-the-proxy"),
    ],
)
def test_senders_address_is_believed_only_from_our_own_proxy(
    rf, settings, is_behind_proxy, forwarded, expected
):
    settings.SECURE_PROXY_SSL_HEADER = is_behind_proxy
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}

    RequestMiddleware.bind_ip(rf.get("/", REMOTE_ADDR="192.0.2.7", **headers))

    assert structlog.contextvars.get_contextvars()["ip"] == expected
    structlog.contextvars.clear_contextvars()


@pytest.mark.parametrize("place", ["/a/", "/d/", "/digest/stop/", "/people/accept/"])
def test_the_key_of_a_link_in_mail_is_not_logged(rf, place):
    assert RequestMiddleware.format_request(rf.get(f"{place}3-7-1795.x_Y/")) == f"GET {place}…/"
