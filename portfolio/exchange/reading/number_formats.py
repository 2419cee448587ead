"""Finds the number formats whose cells mean more than their number: 25 %, identifiers as 000042.

Other formats (currencies, thousands, decimals shown) only dress a number, so the number is read.
"""

import re
from collections.abc import Callable, Mapping

from portfolio.exchange.reading.numerals import percent, plain

Formats = Mapping[str, Callable[[str], str]]

PERCENT = "%"
_BUILT_IN = {"9": "0%", "10": "0.00%"}
# An identifier: zeros to fill up with, and perhaps a word in quotation marks before them, as in "R-"0000.
_IDENTIFIER = re.compile(r'(?:"(?P<before>[^"]*)")?(?P<zeros>0+)')
_LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')


def shown_by(code: str) -> Callable[[str], str] | None:
    """Return how a number is shown under a format, or None where the number itself says all."""
    if PERCENT in _LITERAL.sub("", code):
        return percent
    identifier = _IDENTIFIER.fullmatch(code)
    if identifier and (identifier["before"] or len(identifier["zeros"]) > 1):
        before, digits = identifier["before"] or "", len(identifier["zeros"])
        return lambda text: _filled(before, digits, text)
    return None


def _filled(before: str, digits: int, text: str) -> str:
    number = plain(text)
    return before + number.zfill(digits) if number.isdecimal() else number


class Styles:
    """Walks through `xl/styles.xml`; a cell names its style by its place among `cellXfs`."""

    def __init__(self) -> None:
        self._codes = dict(_BUILT_IN)
        self._styles: list[str] = []
        self._is_inside = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt":
            self._codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self._is_inside = True
        elif name == "xf" and self._is_inside:
            self._styles.append(attributes.get("numFmtId", ""))

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._is_inside = False

    def text(self, text: str) -> None:
        pass

    def formats(self) -> Formats:
        """Return by a style's number, as cells name it, how its numbers are shown."""
        shown = {code: shown_by(text) for code, text in self._codes.items()}
        found = ((str(place), shown.get(code)) for place, code in enumerate(self._styles))
        return {style: how for style, how in found if how is not None}
