"""No user text adds a header or a recipient, seen at the server that takes the mail."""

from datetime import timedelta
from itertools import product

import pytest

from portfolio.outbox.deliver import deliver
from portfolio.outbox.enqueue import enqueue
from portfolio.outbox.kinds import Letter
from portfolio.outbox.letter import Undeliverable, mail_from, one_line
from portfolio.outbox.models import Message
from tests.conftest import NOW

BREAKS = ["\r\n", "\n", "\r", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\x00", ",", ";", '"', "\\"]
ADDED = ["Bcc: evil@example.net", "evil@example.net", "\nTo: evil@example.net", " <evil@example.net>"]
TEXTS = [f"Claims{brk}{added}" for brk, added in product(BREAKS, ADDED)]
ADDRESSES = [
    *(f"a@example.com{brk}evil@example.net" for brk in BREAKS),
    *(f"a{brk}b@example.com" for brk in BREAKS),
    *(f"a@exam{brk}ple.com" for brk in BREAKS),
    *(f"{brk}a@example.com" for brk in BREAKS),
    *(f"a@example.com{brk}" for brk in BREAKS),
    *(f"a@example.com{brk}Bcc: evil@example.net" for brk in BREAKS),
    "a@example.com, evil@example.net",
    "a@example.com evil@example.net",
    "Name <a@example.com>",
    '"a,evil@example.net"@example.com',
    "a@x.com，evil@example.net",
    "a@x.com＠evil.example.net",
    "a@ｘ，y.com",
    "a@[127.0.0.1]",
    "ä@example.com",
    "a@b@example.com",
    "a@",
    "@example.com",
    "",
    "nobody",
]
OURS = {
    "Content-Type",
    "MIME-Version",
    "Content-Transfer-Encoding",
    "Subject",
    "From",
    "To",
    "Date",
    "Message-ID",
    "X-Headway-Outbox-Id",
    "Auto-Submitted",
}


def message(ref="a@example.com"):
    return Message(pk=7, kind="test", message_id="<x@example.com>", ref=ref)


def test_there_are_two_hundred_payloads():
    assert len(TEXTS) * 2 + len(ADDRESSES) >= 200


@pytest.mark.parametrize("place", ["subject", "text"])
def test_no_text_adds_a_header_or_a_recipient(db, smtp, kind, place):
    def write(message, at):
        text = TEXTS[int(message.ref)]
        return Letter("a@example.com", **({"subject": "Hello", "text": "Hello"} | {place: text}))

    kind(write)
    for number in range(len(TEXTS)):
        enqueue("test", key=f"t{number}", at=NOW, ref=str(number))

    assert deliver(now=lambda: NOW, budget=timedelta(seconds=60)).sent == len(TEXTS)
    assert smtp.recipients == ["a@example.com"] * len(TEXTS)
    for mail in smtp.messages:
        assert set(mail.keys()) == OURS
        assert len(mail.keys()) == len(OURS)
        assert mail["To"] == "a@example.com"


def test_no_address_adds_a_header_or_a_recipient(db, smtp, kind):
    kind(lambda message, at: Letter(ADDRESSES[int(message.ref)], "Hello", "Text"))
    for number in range(len(ADDRESSES)):
        enqueue("test", key=f"a{number}", at=NOW, ref=str(number))

    told = deliver(now=lambda: NOW, budget=timedelta(seconds=60))

    assert (told.sent, told.dead) == (0, len(ADDRESSES))
    assert smtp.accepted == []
    assert {row.attempts for row in Message.objects.all()} == {1}


@pytest.mark.parametrize(
    ("address", "sent"),
    [
        ("maren@example.com", "maren@example.com"),
        ("o'hara+ai@example.com", "o'hara+ai@example.com"),
        ("a@bücher.example", "a@xn--bcher-kva.example"),
    ],
)
def test_plain_addresses_pass(address, sent):
    assert mail_from(Letter(address, "Hello", "Text"), message()).to == [sent]


@pytest.mark.parametrize(
    "headers",
    [
        {"Bcc": "evil@example.net"},
        {"X-A\r\nBcc": "evil@example.net"},
        {"List-Unsubscribe": "<https://x>\r\nBcc: evil@example.net"},
        {"List-Unsubscribe": "<https://x>\u2028"},
        {"Message-ID": "<other@example.net>"},
    ],
)
def test_header_names_are_constants_and_their_values_plain(headers):
    with pytest.raises(Undeliverable):
        mail_from(Letter("a@example.com", "Hello", "Text", headers=headers), message())


def test_unsubscribe_headers_pass():
    headers = {
        "List-Unsubscribe": "<https://headway.example.com/digest/stop/t/>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    mail = mail_from(Letter("a@example.com", "Hello", "Text", headers=headers), message())
    assert headers.items() <= mail.extra_headers.items()


def test_styles_stand_in_the_elements():
    html = "<html><head><style>p { color: red }</style></head><body><p>Hello</p></body></html>"
    mail = mail_from(Letter("a@example.com", "Hello", "Text", html), message())

    [(inlined, mimetype)] = [(part.content, part.mimetype) for part in mail.alternatives]
    assert mimetype == "text/html"
    assert '<p style="color: red;">Hello</p>' in inlined


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("One\r\n two\u2028three\t four", "One two three four"),
        ("Zoë \u202eevil\u202c 日本 👩\u200d💻", "Zoë evil 日本 👩\u200d💻"),
        ("a" * 300, "a" * 200),
    ],
)
def test_a_subject_is_one_line(text, line):
    assert one_line(text) == line
