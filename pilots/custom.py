"""Values of custom fields: reading what people write, and writing it back. Plain rules."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from pilots.calendar import Day, Precision, UnreadableDay, read_day

LONGEST_TEXT, LONGEST_LINK = 4000, 500
WHOLE_DIGITS, DECIMALS = 14, 6  # as those of a KPI
LONGEST_CHOICE, MOST_CHOICES = 100, 50
GROUPED_FROM = 10_000  # below it 2024 may be a year
NAMED = 5  # choices that a refusal lists

YES = frozenset({"yes", "y", "true", "1"})
NO = frozenset({"no", "n", "false", "0"})


class FieldKind(StrEnum):
    """What the values of a custom field are.

    As JSON: a truth value for yes or no, text for all others. A number and an amount of money are
    decimals without exponent, a date is ISO 8601, a link begins with http:// or https://.
    """

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    CHOICE = "choice"
    YES_NO = "yes_no"
    LINK = "link"

    @property
    def label(self) -> str:
        return {
            "text": "Text",
            "number": "Number",
            "money": "Amount of money",
            "date": "Date",
            "choice": "One of a list",
            "yes_no": "Yes or no",
            "link": "Link",
        }[self.value]


class UnreadableValue(ValueError):
    """The message is for the person who typed the value."""


Value = str | bool


def read_value(kind: FieldKind, text: str, choices: Sequence[str] = ()) -> Value | None:
    """Return the value a text means, None for a blank one; raise `UnreadableValue` rather than guess."""
    cleaned = text.replace("\r\n", "\n").strip()
    if not cleaned:
        return None
    _refuse_unstorable(cleaned)
    match kind:
        case FieldKind.TEXT:
            return _text(cleaned)
        case FieldKind.NUMBER | FieldKind.MONEY:
            return _number(kind, cleaned)
        case FieldKind.DATE:
            return _date(cleaned)
        case FieldKind.CHOICE:
            return _choice(cleaned, choices)
        case FieldKind.YES_NO:
            return _yes_no(cleaned)
        case FieldKind.LINK:
            return _link(cleaned)


def check_value(kind: FieldKind, value: object, choices: Sequence[str] = ()) -> Value | None:
    """Return a value given as JSON, as it is kept; raise `UnreadableValue` for another type or a loose form.

    A program sends what `FieldKind` says; “5 Oct 2026” or “12 500” is for people.
    """
    if value is None:
        return None
    if isinstance(value, bool) if kind is FieldKind.YES_NO else isinstance(value, str):
        found = read_value(kind, as_text(kind, value), choices)  # type: ignore[arg-type]  # just asked
        if found is None or _is_exact(kind, value, found):
            return found
    raise UnreadableValue(_SENT[kind])


def as_text(kind: FieldKind, value: Value | None) -> str:
    """Return a value as a text that `read_value` reads as the same value; "" for None."""
    if value is None:
        return ""
    if kind is FieldKind.YES_NO:
        return "yes" if value else "no"
    return str(value)


def told(kind: FieldKind, value: Value | None) -> str:
    """Return a value as pages show it."""
    match kind:
        case FieldKind.NUMBER | FieldKind.MONEY if value:
            return _grouped(kind, Decimal(value))
        case FieldKind.DATE if value:
            return str(Day(date.fromisoformat(str(value))))
    return as_text(kind, value)


# --- Kind by kind ------------------------------------------------------------------


def _refuse_unstorable(text: str) -> None:
    if "\x00" in text:
        raise UnreadableValue("This text holds a NUL character. Remove it.")
    if any(unicodedata.category(mark) == "Cs" for mark in text):
        raise UnreadableValue("This text holds half of a character. Type it again.")


def _text(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise UnreadableValue(f"Write at most {LONGEST_TEXT:,} characters; these are {len(text):,}.")
    return text


_PLAIN = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_POINT_LAST = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+")
_COMMA_LAST = re.compile(r"-?[0-9]{1,3}(?:(?:\.[0-9]{3})+,[0-9]+|(?:\.[0-9]{3}){2,})")
_GROUPS = re.compile(r"-?[0-9]{1,3}(?:(?:,[0-9]{3}){2,}|(?: [0-9]{3})+|(?:'[0-9]{3})+)(?:\.[0-9]+)?")
_TWO_WAYS = re.compile(r"-?[0-9]+,[0-9]+")
_MARK = re.compile(r"[$€£¥]|\b[A-Z]{3}\b")


def _number(kind: FieldKind, text: str) -> str:
    """Read digits with a point; of groups of three only those that cannot be decimals."""
    digits = " ".join(text.replace("−", "-").replace("’", "'").split())
    if _COMMA_LAST.fullmatch(digits):
        digits = digits.replace(".", "").replace(",", ".")
    elif _POINT_LAST.fullmatch(digits) or _GROUPS.fullmatch(digits):
        digits = re.sub("[,' ]", "", digits)
    if not _PLAIN.fullmatch(digits):
        raise UnreadableValue(_why_no_number(kind, text, digits))
    whole, _, decimals = digits.lstrip("-").partition(".")
    if len(whole.lstrip("0")) > WHOLE_DIGITS or len(decimals.rstrip("0")) > DECIMALS:
        sentence = f"A number has at most {WHOLE_DIGITS} digits before the point and {DECIMALS} after it."
        raise UnreadableValue(sentence)
    return _plain(Decimal(digits))


def _plain(number: Decimal) -> str:
    """Return a number as it is kept: equal numbers look alike, so that nothing seems to change."""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _why_no_number(kind: FieldKind, text: str, digits: str) -> str:
    if _TWO_WAYS.fullmatch(digits):
        point, none = digits.replace(",", "."), digits.replace(",", "")
        return f"{_quote(text)} can be read in two ways. Write {point}, or {none}."
    if kind is FieldKind.MONEY and _MARK.search(text):
        return f"Write the amount alone, such as 12500.50; {_quote(text)} also names a currency."
    return f"{_quote(text)} is not a number. Write digits, with a point before decimals: 12500.5."


def _grouped(kind: FieldKind, number: Decimal) -> str:
    if kind is FieldKind.MONEY:
        whole = number == number.to_integral_value()
        places = max(-int(number.as_tuple().exponent), 2)
        return f"{number:,.0f}" if whole else f"{number:,.{places}f}"
    return f"{number:,f}" if abs(number) >= GROUPED_FROM else f"{number:f}"


def _date(text: str) -> str:
    try:
        found = read_day(text)
    except UnreadableDay as error:
        raise UnreadableValue(error.of_one_day) from None
    if found.precision is not Precision.DAY:
        raise UnreadableValue(f"{found} names no single day. Write one such as {Day(found.latest)}.")
    return found.first.isoformat()


def _choice(text: str, choices: Sequence[str]) -> str:
    wanted = folded(text)
    for choice in choices:
        if folded(choice) == wanted:
            return choice
    listed = ", ".join(choices[:NAMED]) + (" and others" if len(choices) > NAMED else "")
    raise UnreadableValue(f"{_quote(text)} is not in the list. It has {listed or 'nothing in it yet'}.")


def folded(text: str) -> str:
    """Return a text as it is compared: case and spaces set nothing apart."""
    return " ".join(text.split()).casefold()


def _yes_no(text: str) -> bool:
    word = text.casefold()
    if word not in YES | NO:
        raise UnreadableValue(f"{_quote(text)} is neither yes nor no. Write one of the two.")
    return word in YES


def _link(text: str) -> str:
    """Read an address of the web. Whoever clicks it must see where it leads, and nothing may run."""
    if len(text) > LONGEST_LINK:
        raise UnreadableValue(f"A link has at most {LONGEST_LINK} characters; these are {len(text):,}.")
    example = "Write the whole address, such as https://example.com/page."
    if re.search(r"[\s\\<>\"`{}|^]", text) or not text.isprintable():
        raise UnreadableValue(f"{_quote(text)} is not one address. {example}")
    try:
        parts = urlsplit(text)
        host = parts.hostname
        _ = parts.port  # raises for one that is no number
    except ValueError:
        raise UnreadableValue(f"{_quote(text)} is no address. {example}") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise UnreadableValue(f"{_quote(text)} is no link to a page of the web. {example}")
    if "@" in parts.netloc:
        raise UnreadableValue(f"{_quote(text)} holds a name or password before its host. Leave that out.")
    return text


def _quote(text: str) -> str:
    line = " ".join(text.split())
    return f"“{line[:40]}…”" if len(line) > 40 else f"“{line}”"


_SENT = {
    FieldKind.TEXT: "Send text, or null.",
    FieldKind.NUMBER: 'Send a decimal as text, such as "12.5", or null.',
    FieldKind.MONEY: 'Send a decimal as text, such as "12500.5", or null.',
    FieldKind.DATE: 'Send a day as text, such as "2026-10-05", or null.',
    FieldKind.CHOICE: "Send one of the choices as it is spelled in the list, or null.",
    FieldKind.YES_NO: "Send true, false or null.",
    FieldKind.LINK: "Send a link as text, or null.",
}


def _is_exact(kind: FieldKind, value: Any, found: Value) -> bool:
    if kind in {FieldKind.NUMBER, FieldKind.MONEY}:
        return _PLAIN.fullmatch(value.strip()) is not None
    return kind not in {FieldKind.DATE, FieldKind.CHOICE} or value == found
