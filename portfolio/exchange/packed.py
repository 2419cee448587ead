"""Keeps the list of what there is to say about rows and cells small enough for a row of the database."""

import json
import zlib
from collections.abc import Sequence
from typing import Any


def pack_details(details: Sequence[dict[str, Any]]) -> bytes:
    text = json.dumps(details, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode("utf-8", "surrogatepass"), level=1)


def unpack_details(packed: bytes | memoryview | None) -> list[dict[str, Any]]:
    """Return what `pack_details` was given; an empty list where nothing is kept."""
    if packed is None:
        return []
    found: list[dict[str, Any]] = json.loads(zlib.decompress(bytes(packed)).decode("utf-8", "surrogatepass"))
    return found
