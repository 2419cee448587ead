"""A mail server for tests: takes what it is sent, writes it down, and refuses whom it is told to.

By itself: `python -m tests.smtp_sink PORT LOGFILE` appends one JSON line for each 250. How it answers goes
by the recipient's local part: `refuse4…` 451, `refuse5…` 550, `silent…` never, `slow…` after a while.
"""

import asyncio
import json
import socket
import sys
import threading
import time
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

ANSWERS = {"refuse4": "451 4.3.0 Try again later", "refuse5": "550 5.1.1 No such person here", "silent": ""}
TOO_LONG = 600  # seconds: longer than any client waits
A_WHILE = 0.2  # seconds


class Sink:
    """Holds what was accepted, as (recipients, raw bytes), and how to answer whom.

    `answers` maps the start of a local part to a reply line; "" stands for none at all. `greeting` and
    `sender` do the same for the connection and for MAIL FROM.
    """

    def __init__(self, log: Path | None = None) -> None:
        self.answers = dict(ANSWERS)
        self.sender = ""
        self.accepted: list[tuple[list[str], bytes]] = []
        self.refused: list[str] = []
        self.connections = 0
        self._log = log
        self._lock = threading.Lock()

    @property
    def messages(self) -> list[EmailMessage]:
        return [message_from_bytes(raw, policy=default) for _, raw in self.accepted]

    @property
    def recipients(self) -> list[str]:
        return [address for recipients, _ in self.accepted for address in recipients]

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        if self.sender:
            return self.sender
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        for start, answer in self.answers.items():
            if address.startswith(start):
                self.refused.append(address)
                if not answer:
                    await asyncio.sleep(TOO_LONG)
                return answer
        if address.startswith("slow"):
            await asyncio.sleep(A_WHILE)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        raw = bytes(envelope.original_content or b"")
        with self._lock:
            self.accepted.append((list(envelope.rcpt_tos), raw))
            if self._log is not None:
                self._write(envelope.rcpt_tos, raw)
        return "250 OK"

    def _write(self, recipients: list[str], raw: bytes) -> None:
        message = message_from_bytes(raw, policy=default)
        with self._log.open("a", encoding="utf-8") as lines:
            for recipient in recipients:
                line = {
                    "time": time.time(),
                    "recipient": recipient,
                    "message_id": str(message["Message-ID"]),
                    "outbox_id": str(message["X-Headway-Outbox-Id"]),
                    "subject": str(message["Subject"]),
                }
                lines.write(json.dumps(line) + "\n")


class _Plain(Controller):
    def factory(self) -> SMTP:
        return SMTP(self.handler, hostname="sink.test", enable_SMTPUTF8=False)


def start(sink: Sink, port: int = 0) -> Controller:
    """Start serving on this machine; port 0 takes a free one, which `controller.port` then names."""
    if not port:
        port = _free_port()
    controller = _Plain(sink, hostname="127.0.0.1", port=port)
    controller.start()
    return controller


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main(port: int, log: Path) -> None:
    log.touch()
    start(Sink(log), port)
    sys.stdout.write(f"listening on 127.0.0.1:{port}\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
