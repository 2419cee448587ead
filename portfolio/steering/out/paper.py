"""A document as templates take it: each block with its kind, charts as shapes with their numbers beside."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from portfolio.steering.out.document import Bars, Block, Part, Paths, Rows, Words
from portfolio.steering.out.drawn import PAGE, PHONE, Drawing, Room, draw


@dataclass(frozen=True)
class Sheet:
    """One part and its blocks, each named for the template: words, rows or drawings, the wide one first."""

    part: Part
    blocks: Sequence[tuple[str, Words | Rows | Sequence[Drawing]]]


def sheets(parts: Iterable[Part], rooms: Sequence[Room] = (PAGE, PHONE)) -> list[Sheet]:
    """Return the parts with each chart drawn for these rooms; a style sheet chooses between them."""
    return [
        Sheet(part, [_shaped(block, f"{part.code}-{at}", rooms) for at, block in enumerate(part.blocks)])
        for part in parts
    ]


def _shaped(block: Block, code: str, rooms: Sequence[Room]) -> tuple[str, Words | Rows | Sequence[Drawing]]:
    match block:
        case Words():
            return "words", block
        case Rows():
            return "rows", block
        case Bars() | Paths():
            return "drawings", [draw(block, f"{code}-{room.width}", room) for room in rooms]
