"""Reads cells that hold several texts, among them lists as Python or JSON writes them: `['a', 'b']`."""

import re

from portfolio.exchange.folding import fold

_ITEM = r"""(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|None|null)"""
_LIST = re.compile(rf"[\[(]\s*(?:{_ITEM}\s*(?:,\s*{_ITEM}\s*)*,?\s*)?[\])]", re.DOTALL)
_QUOTED = re.compile(_ITEM, re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PARTED = re.compile(r"[;\n\r|•]+")


def phrases(text: str) -> frozenset[str]:
    """Return the folded phrases of a list parted by commas, as a word list in code is written."""
    return frozenset(fold(phrase) for phrase in text.split(","))


def read_written_list(text: str) -> list[str] | None:
    """Return the items of a list written as program text, or None where the cell is no such list."""
    cleaned = text.strip()
    if not _LIST.fullmatch(cleaned):
        return None
    items = (_unquoted(match) for match in _QUOTED.findall(cleaned))
    return [item for item in items if item]


def read_list(text: str) -> list[str]:
    """Return the texts of a cell: of a written list, else parted by semicolons, bars or line breaks."""
    written = read_written_list(text)
    parts = _PARTED.split(text) if written is None else written
    cleaned = (" ".join(part.split()) for part in parts)
    return list(dict.fromkeys(part for part in cleaned if part))


def _unquoted(item: str) -> str:
    if item in {"None", "null"}:
        return ""
    return _ESCAPED.sub(lambda match: " " if match[1] in "nrt" else match[1], item[1:-1]).strip()
