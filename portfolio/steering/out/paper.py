"""A document as templates take it: each block with its kind, charts as shapes with their numbers beside."""

from collections.abc import Sequence
from dataclasses import dataclass

from portfolio.steering.out.document import Bars, Block, Document, Part, Paths, Rows, Words
from portfolio.steering.out.drawn import Drawing, draw


@dataclass(frozen=True)
class Sheet:
    """One part and its blocks, each named for the template: words, rows or drawing."""

    part: Part
    blocks: Sequence[tuple[str, Words | Rows | Drawing]]


def sheets(document: Document) -> list[Sheet]:
    return [
        Sheet(part, [_shaped(block, f"{part.code}-{at}") for at, block in enumerate(part.blocks)])
        for part in document.parts
    ]


def _shaped(block: Block, code: str) -> tuple[str, Words | Rows | Drawing]:
    match block:
        case Words():
            return "words", block
        case Rows():
            return "rows", block
        case Bars() | Paths():
            return "drawing", draw(block, code)
