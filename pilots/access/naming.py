"""Proposes what a new program is called in keys and addresses."""

import re
import unicodedata
from collections.abc import Container

from django.utils.text import slugify


def free_prefix(text: str, taken: Container[str]) -> str:
    """Return a valid key prefix nobody has: the text's own letters, or the initials of its words."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().upper()
    letters = re.sub(r"[^A-Z0-9]", "", plain)
    if " " in plain.strip():
        letters = "".join(word[0] for word in re.findall(r"[A-Z0-9]+", plain))
    letters = letters.lstrip("0123456789")[:8]
    base = letters if len(letters) >= 2 else f"{letters}X" if letters else "REG"
    candidate, number = base, 2
    while candidate in taken:
        candidate = f"{base[: 8 - len(str(number))]}{number}"
        number += 1
    return candidate


def free_slug(name: str, taken: Container[str]) -> str:
    """Return the name as part of an address, with a number behind it where somebody has it already."""
    base = slugify(name)[:70].strip("-") or "program"
    candidate, number = base, 2
    while candidate in taken:
        candidate = f"{base}-{number}"
        number += 1
    return candidate
