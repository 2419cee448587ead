"""Makes what people wrote fit for files: no characters that a file cannot hold, no formula, no cut."""

import re
import textwrap

# XML 1.0 has no place for these, and a file that holds one does not open.
_UNFIT = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def fit(text: str) -> str:
    """Return text without the characters that no XML file can hold; line ends become plain ones."""
    return _UNFIT.sub("", text).replace("\r\n", "\n").replace("\r", "\n")


def lines_of(text: str, width: int) -> list[str]:
    """Return text as lines of at most `width` characters; what has no space is broken, nothing is lost."""
    found: list[str] = []
    for paragraph in fit(text).split("\n"):
        found += textwrap.wrap(paragraph, max(1, width), break_on_hyphens=False) or [""]
    return found
