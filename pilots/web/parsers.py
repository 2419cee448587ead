"""Reads bodies as strict JSON: what two readers could understand differently is refused."""

import json
import math
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer

from pilots.web.problems import LARGEST_BODY, TooLarge

DEEPEST = 32
SMALLEST, LARGEST = -(2**63), 2**63 - 1
# Possessive, and content with a string that never ends: linear on whatever is sent.
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class StrictJSONParser(BaseParser):
    """One JSON object in UTF-8, at most 1 MB and 32 levels deep.

    Refused: a key twice in one object, NaN and Infinity, whole numbers beyond 64 bits, NUL
    characters, halves of surrogate pairs.
    """

    media_type = "application/json"
    renderer_class = JSONRenderer

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        raw = stream.read(LARGEST_BODY + 1)
        if len(raw) > LARGEST_BODY:
            raise TooLarge
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            raise ParseError("The body is not UTF-8 text.") from None
        _check_depth(text)
        try:
            value = json.loads(
                text,
                object_pairs_hook=_once_each,
                parse_constant=_no_constant,
                parse_float=self.read_fraction,
                parse_int=_in_range,
            )
        except json.JSONDecodeError as error:
            raise ParseError(
                f"The body is no JSON: {error.msg}, line {error.lineno}, column {error.colno}."
            ) from None
        if not isinstance(value, dict):
            raise ParseError("The body is no JSON object. Send one, with braces.")
        return _check_text(value)

    def read_fraction(self, text: str) -> float | Decimal:
        return _finite(text)


class ExactJSONParser(StrictJSONParser):
    """The same, but numbers with a point are decimals, so that none of their digits is lost."""

    def read_fraction(self, text: str) -> Decimal:
        try:
            return Decimal(text)
        except InvalidOperation:  # an exponent of twenty digits
            raise ParseError(f"{_short(text)} is too large a number.") from None


def _check_depth(text: str) -> None:
    """Count brackets before parsing, which recurses."""
    depth = 0
    for match in _TOKENS.finditer(text):
        piece = match[0]
        if piece in {"[", "{"}:
            depth += 1
            if depth > DEEPEST:
                raise ParseError(f"The body is nested more than {DEEPEST} levels deep.")
        elif piece in {"]", "}"}:
            depth -= 1


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise ParseError(f"“{_short(repeated)}” stands twice in one object. Send it once.")
    return found


def _no_constant(name: str) -> Any:
    raise ParseError(f"{name} is no number in JSON. Send null for what is not known.")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ParseError(f"{_short(text)} is too large a number.")
    return number


def _in_range(text: str) -> int:
    # Python refuses to read very long numbers at all, so the length is looked at first.
    if len(text) > 20 or not SMALLEST <= int(text) <= LARGEST:
        raise ParseError(f"{_short(text)} is too large: whole numbers have at most 64 bits.")
    return int(text)


def _check_text(value: Any) -> Any:
    """Refuse text no database keeps, wherever it stands."""
    match value:
        case str():
            if "\x00" in value:
                raise ParseError("The body holds a NUL character. Remove it.")
            if _LONE_SURROGATE.search(value):
                raise ParseError("The body holds half of a surrogate pair. Send whole characters.")
        case dict():
            for name, inner in value.items():
                _check_text(name)
                _check_text(inner)
        case list():
            for inner in value:
                _check_text(inner)
    return value


def _short(text: str) -> str:
    cleaned = _LONE_SURROGATE.sub("�", text).replace("\x00", "�")
    return f"{cleaned[:40]}…" if len(cleaned) > 40 else cleaned
