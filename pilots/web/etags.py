"""Versions on the wire: `ETag: "v17"` is version 17 of a pilot."""

import re
from typing import Protocol

from rest_framework.exceptions import ParseError
from rest_framework.request import Request

from pilots.web.problems import PreconditionFailed

_TAG = re.compile(r'(?P<weak>W/)?"(?P<opaque>[\x21\x23-\x7e]*)"')
_LIST = re.compile(
    rf"\s*(?:{_TAG.pattern.replace('?P<weak>', '?:').replace('?P<opaque>', '?:')}\s*(?:,\s*|$))+"
)


class Versioned(Protocol):
    """Anything that counts its changes; `key` is what a refusal calls it."""

    @property
    def key(self) -> str: ...

    @property
    def version(self) -> int: ...


def etag(pilot: Versioned) -> str:
    return f'"v{pilot.version}"'


def read_version(request: Request, pilot: Versioned) -> int | None:
    """Return the version the caller read, None when no `If-Match` tells; refuse when it was another.

    The action compares it again under the lock, so a change in between is refused too.
    """
    header = request.headers.get("If-Match")
    if header is None:
        return None
    if header.strip() != "*" and etag(pilot) not in _tags(header, "If-Match", strong_only=True):
        raise PreconditionFailed(
            f"{pilot.key} is at {etag(pilot)}; If-Match names another version. Read it again, then retry."
        )
    return pilot.version


def is_unchanged(request: Request, pilot: Versioned) -> bool:
    """Return whether the caller has this version already, so that 304 says enough."""
    header = request.headers.get("If-None-Match")
    if header is None:
        return False
    return header.strip() == "*" or etag(pilot) in _tags(header, "If-None-Match", strong_only=False)


def _tags(header: str, name: str, *, strong_only: bool) -> list[str]:
    if not _LIST.fullmatch(header):
        raise ParseError(f'{name} is not readable. Send the ETag as you received it, such as "v17".')
    return [f'"{match["opaque"]}"' for match in _TAG.finditer(header) if not (strong_only and match["weak"])]
