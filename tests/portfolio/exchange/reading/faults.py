"""Files with known faults, and the line on which each of them stands in the file as an editor counts it."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.portfolio.exchange.reading.books import row, sheet, text, xlsx

HEADER = ["Id", "Name", "Program", "Problem", "Stage", "Remark"]
PLAIN = {
    "title": "Tiny list",
    "register": "tiny",
    "recognised_by": ["Id", "Name", "Program"],
    "program": {"column": "Program"},
    "pilot": {"name": "Name", "problem": "Problem"},
    "stage": {"column": "Stage", "values": {"Trial": "piloting"}},
}
LINE_END_OR_MARK = re.compile(r"(\r\n|\r|\n)|fault-\d+")


def good(ident: str, name: str = "Saw guard", problem: str = "Fingers are in danger.") -> list[str]:
    return [ident, name, "Workshop", problem, "Trial", ""]


# What can be wrong with a row, and what is said then.
FAULTS: dict[str, tuple[Callable[[str], list[str]], str]] = {
    "too many cells": (lambda ident: [*good(ident), "more"], "It has 7 cells, but the header has 6 columns."),
    "no name": (lambda ident: good(ident, name=""), "It has no name."),
    "no problem": (lambda ident: good(ident, problem=""), "It has no problem statement,"),
    "unknown stage": (
        lambda ident: [*good(ident)[:4], "Fixed"],
        "The mapping does not say which stage “Fixed” is.",
    ),
    "no stage": (lambda ident: good(ident)[:4], "Its stage is blank,"),
    "no program": (lambda ident: [ident, "Saw guard", "", "Fingers.", "Trial"], "“Program” is blank,"),
    "long program": (
        lambda ident: [ident, "Saw guard", "W" * 500, "Fingers.", "Trial"],
        "“Program” has more than",
    ),
    "several": (
        lambda ident: [ident, "", "", "Fingers.", "Trial"],
        "“Program” is blank, so it belongs to no",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How a file is written. `before` are rows between the header and the first fault."""

    encoding: str = "utf-8"
    delimiter: str = ","
    end: str = "\n"
    above: str = ""
    before: tuple[list[str], ...] = (good("1"),)
    between: tuple[list[str], ...] = (good("2"),)


SHAPES = {
    "plain": Shape(),
    "quoted lines": Shape(before=(good("1", problem="Two\nlines"), good("2", name="A\n\n\nname"))),
    "quoted lines of Windows": Shape(end="\r\n", before=(good("1", problem="Two\r\nlines\r\n"),)),
    "lone feeds in lines of Windows": Shape(end="\r\n", before=(good("1", problem="Two\nlines"),)),
    "old Mac": Shape(end="\r", before=(good("1", problem="Two\rlines"),)),
    "quotation marks": Shape(before=(good("1", name='The "new" saw', problem='"\n"'),)),
    "byte order mark": Shape(encoding="utf-8-sig", before=(good("1", name="Café"),)),
    "UTF-16": Shape(encoding="utf-16", before=(good("1", problem="Größe\nund Maß"),)),
    "Windows-1252": Shape(encoding="cp1252", before=(good("1", problem="Größe\nund Maß – à propos"),)),
    "semicolons": Shape(delimiter=";", before=(good("1", problem="1,5 a day; 2,5 at night"),)),
    "announced": Shape(delimiter=";", above="sep=;\r\n", end="\r\n"),
    "tabs": Shape(delimiter="\t", between=(good("2", problem="a\tb\nc"),)),
    "bars": Shape(delimiter="|", before=(good("1", problem="a|b"),)),
    "blank lines": Shape(above="\n\n", before=([], good("1"), [], []), between=([" ", ""], [])),
    "titles above": Shape(above="All pilots of the workshop\n\nOctober,,\n"),
    "short rows": Shape(before=(good("1"), good("2")[:5])),
}


@dataclass(frozen=True)
class Faulty:
    """A file, and what is to be said of which line; a `sentence` where it cannot be read at all."""

    name: str
    content: bytes
    said: dict[int, str]
    sentence: str = ""


def csv_file(name: str, shape: Shape, first: str, second: str) -> Faulty:
    """Write a file of a shape with two faults in it."""
    rows = [
        HEADER,
        *shape.before,
        FAULTS[first][0]("fault-1"),
        *shape.between,
        FAULTS[second][0]("fault-2"),
        good("9"),
    ]
    written = csv_text(shape, rows)
    lines = lines_of(written)
    said = {lines["fault-1"]: FAULTS[first][1], lines["fault-2"]: FAULTS[second][1]}
    return Faulty(name, written.encode(shape.encoding), said)


def csv_text(shape: Shape, rows: list[list[str]]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=shape.delimiter, lineterminator=shape.end).writerows(rows)
    return shape.above + out.getvalue()


def lines_of(written: str) -> dict[str, int]:
    """Return the line of each mark, counted without regard to quotation marks, as an editor does."""
    line, lines = 1, {}
    for found in LINE_END_OR_MARK.finditer(written):
        if found[1]:
            line += 1
        else:
            lines[found[0]] = line
    return lines


def csv_files() -> Iterator[Faulty]:
    kinds = list(FAULTS)
    for place, (name, shape) in enumerate(SHAPES.items()):
        for step in range(4):
            first, second = kinds[(place + step) % len(kinds)], kinds[(place + 3 * step + 1) % len(kinds)]
            yield csv_file(f"{name}: {first}, {second}", shape, first, second)


def xlsx_files() -> Iterator[Faulty]:
    """Write workbooks whose rows stand in other places than in a list, with two faults each."""
    kinds = list(FAULTS)
    shapes = {
        "plain": (1, [2, 3, 4, 5], ""),
        "titles above": (4, [5, 6, 7, 9], f'<row r="1">{text("A1", "All pilots")}</row>'),
        "gaps": (2, [5, 900, 901, 50_000], ""),
        "rows out of order": (1, [7, 5, 3, 9], ""),
    }
    for place, (name, (header, (one, first, two, second), above)) in enumerate(shapes.items()):
        for step in range(5):
            kind, other = kinds[(place + step) % len(kinds)], kinds[(place + 2 * step + 1) % len(kinds)]
            rows = [
                row(header, *HEADER),
                row(one, *good("1", problem="Two\nlines")),
                row(first, *FAULTS[kind][0]("fault-1")),
                row(two, *good("2")),
                row(second, *FAULTS[other][0]("fault-2")),
            ]
            said = {first: FAULTS[kind][1], second: FAULTS[other][1]}
            yield Faulty(f"XLSX, {name}: {kind}, {other}", xlsx(sheet(above + "".join(rows))), said)


def unreadable_files() -> Iterator[Faulty]:
    head = ",".join(HEADER) + '\n1,"Two\nlines",Workshop,Fingers.,Trial\n'
    long = "W" * 40_000
    for name, tail, sentence in [
        (
            "open quotation mark",
            '2,"Lathe,W,P,Trial\n3,Saw,W,P,Trial\n',
            "The row that begins on line 4 opens a",
        ),
        (
            "quotation mark inside",
            '2,"Lathe"x,W,P,Trial\n',
            "The row that begins on line 4 has a quotation mark",
        ),
        ("NUL", "2,Lathe,W,P,Trial\n3,\0Saw,W,P,Trial\n", "Line 5 holds a NUL byte"),
        (
            "long cell",
            f"2,{long},W,P,Trial\n",
            "The row that begins on line 4 has a cell of more than 32,768",
        ),
        ("wide row", f"2{',x' * 200}\n", "Line 4 has 201 columns; a register may have 200."),
        ("open at the end", '2,Lathe,W,P,Trial\n3,"', "The row that begins on line 5 opens a quotation mark"),
    ]:
        yield Faulty(name, (head + tail).encode(), {}, sentence)
        yield Faulty(f"{name}, UTF-16", (head + tail).encode("utf-16"), {}, sentence)
    for name, content, sentence in [
        ("wide row", row(1, "Name") + f'<row r="7">{text("GS7", "x")}</row>', "something in cell GS7;"),
        ("long cell", row(1, "Name") + row(7, "x", long), "Cell B7 of sheet “S1” has more than 32,768"),
        (
            "far row",
            row(1, "Name") + f'<row r="60000">{text("A60000", "x")}</row>',
            "something in cell A60000;",
        ),
    ]:
        yield Faulty(f"XLSX, {name}", xlsx(sheet(content)), {}, sentence)
