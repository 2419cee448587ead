"""How texts are compared: what people see as the same word is the same word."""

import re


def fold(text: str) -> str:
    """Return a text without case and stray white space."""
    return " ".join(text.split()).casefold()


def fold_name(text: str) -> str:
    """Return a name's letters and digits only, so that a full stop or a dash makes no new name."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def fold_reference(text: str) -> str:
    """Return an identifier without case, with one dash for every run of separators inside it."""
    return "-".join(re.findall(r"[^\W_]+", text.casefold()))


def one_line(text: str) -> str:
    return " ".join(text.split())


def paragraphs(text: str) -> str:
    """Return a text with its line breaks, without white space at line ends and without empty pages."""
    lines = [line.strip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
