"""Texts that a spreadsheet would take for a formula, made harmless on the way out and undone on the way in.

Promise I6: whatever starts like a formula goes out with an apostrophe before it. A text that itself starts
with apostrophes and then like a formula gets one more, so that taking away exactly one always gives back
what was there. Besides `= + - @`, tab and carriage return these are the line feed and the full-width
forms, which some spreadsheets read alike.
"""

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_MADE_HARMLESS = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")


def harmless(text: str) -> str:
    """Return a text as it may stand in a cell that somebody opens in a spreadsheet."""
    return f"'{text}" if _FORMULA.match(text) else text


def as_meant(text: str) -> str:
    """Return the text of a cell without the apostrophe that `harmless`, or a careful person, put there."""
    return text[1:] if _MADE_HARMLESS.match(text) else text
