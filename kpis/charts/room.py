"""Where labels of a drawing have room: places in pixels from its left. Plain."""

from collections.abc import Sequence

GLYPH = 6.4  # pixels that a letter of 12 px takes
Span = tuple[float, float]  # where a label begins and ends


def room(at: float, text: str, rows: Sequence[list[Span]], width: int) -> tuple[int | None, str]:
    """Take the first free place for a label, right of its line or left of it; None where there is none."""
    for number, taken in enumerate(rows):
        for anchor in ("start", "end"):
            if take(span(at, text, anchor), taken, width):
                return number, anchor
    return None, "start"


def span(at: float, text: str, anchor: str) -> Span:
    """Return the place of a label beside a line, right of it at its "start"."""
    length = len(text) * GLYPH + 10
    return (at, at + length) if anchor == "start" else (at - length, at)


def take(wanted: Span, taken: list[Span], width: int) -> bool:
    """Take a place where it is free and within the drawing; return whether it was."""
    if wanted[0] < 0 or wanted[1] > width:
        return False
    if any(wanted[1] > start and wanted[0] < end for start, end in taken):
        return False
    taken.append(wanted)
    return True
