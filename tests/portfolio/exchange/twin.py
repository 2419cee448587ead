"""Writes registers as people keep them: invented text, real nuisances.

The header is that of the shipped mapping, with the columns a mapping does not use in between, so
that recognition, repeated headers and places are exercised as by the real thing.
"""

import csv
import io
from pathlib import Path

NAME = "Use Case Name"
AGENCY = "Agency"
ABBREVIATION = "Agency Abbreviation"
BUREAU = "Bureau"
PURPOSE = "What is the intended purpose and expected benefits of the AI?"
STAGE = "Stage of Development"
IMPACT = "Is the AI use case rights-impacting, safety-impacting, both, or neither?"
INITIATED = "Date Initiated"
BEGAN = "Date when Acquisition and/or Development began"
IMPLEMENTED = "Date Implemented"
RETIRED = "Date Retired"
BUILT = (
    "Was the AI system involved in this use case developed (or is it to be developed) "
    "under contract(s) or in-house?"
)
CONTRACT = "Provide the Procurement Instrument Identifier(s) (PIID) of the contract(s) used."
OTHER = "If Other, please explain."

HEADER_2024 = [
    NAME, AGENCY, ABBREVIATION, BUREAU, OTHER, PURPOSE, OTHER, STAGE, IMPACT, OTHER, INITIATED, BEGAN,
    IMPLEMENTED, RETIRED, OTHER, f"{BUILT} ", CONTRACT, OTHER, OTHER, OTHER, OTHER,
]  # fmt: skip
HEADER_2023 = [
    "Use_Case_ID", "Department_Code", "Agency", "Office", "Title", "Summary", "Development_Stage",
    "Department",
]  # fmt: skip


def row_2024(name: str, stage: str = "Initiated", **cells: str) -> list[str]:
    """Return a row of the later register; `cells` are keyed by the constants above in lower case."""
    values = {
        NAME: name,
        AGENCY: cells.pop("agency", "Ministry of Weather"),
        ABBREVIATION: cells.pop("abbreviation", "MOW"),
        BUREAU: cells.pop("bureau", "Forecasts"),
        PURPOSE: cells.pop("purpose", f"{name} saves an hour a day."),
        STAGE: stage,
        IMPACT: cells.pop("impact", "Neither"),
        INITIATED: cells.pop("initiated", ""),
        BEGAN: cells.pop("began", ""),
        IMPLEMENTED: cells.pop("implemented", ""),
        RETIRED: cells.pop("retired", ""),
        BUILT: cells.pop("built", ""),
        CONTRACT: cells.pop("contract", ""),
    }
    others = list(cells.pop("others", ()))
    assert not cells, cells
    return [
        (others.pop(0) if others else "") if column == OTHER else values[column.strip()]
        for column in HEADER_2024
    ]


def row_2023(name: str, stage: str = "", **cells: str) -> list[str]:
    return [
        cells.pop("id", "MOW-0001-2023"),
        cells.pop("code", "MOW"),
        cells.pop("agency", "Office of Forecasts"),
        cells.pop("office", ""),
        name,
        cells.pop("summary", f"{name}, told a year before."),
        stage,
        cells.pop("department", "Ministry of Weather"),
    ]


def write(
    path: Path,
    rows: list[list[str]],
    *,
    header: list[str] = HEADER_2024,
    encoding: str = "utf-8",
    delimiter: str = ",",
    end: str = "\r\n",
) -> Path:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows([header, *rows])
    path.write_bytes(text.getvalue().encode(encoding))
    return path


# Small register with an identifier, for what the shipped mappings do not use.
TOOLS = """
title = "Tool list of the workshop"
register = "workshop"
recognised_by = ["Ident", "Tool", "State"]
empty = ["n/a", "-"]

[pilot]
name = "Tool"
reference = "Ident"
unit = "Room"
problem = ["Why", "What for"]
vendor = "Maker"

[stage]
column = "State"

[stage.values]
"Wish" = "idea"
"Trial" = "piloting"
"Proved" = "proven"
"First users" = "limited"
"Live" = "production"
"Gone" = "retired"
"Broken off" = "stopped"

[risk]
column = "Risk"

[risk.values]
"low" = "minimal"
"high" = "high"
"not rated" = "unknown"

[dates]
slashes = "day-first"

[[dates.column]]
column = "Trial since"
enters = "piloting"

[[dates.column]]
column = "Live since"
enters = "production"
"""
HEADER_TOOLS = [
    "Ident", "Tool", "Room", "Why", "What for", "Maker", "State", "Risk", "Trial since", "Live since",
]  # fmt: skip


def tool(ident: str, name: str = "Saw guard", state: str = "Trial", **cells: str) -> list[str]:
    return [
        ident,
        name,
        cells.pop("room", "Hall 2"),
        cells.pop("why", "Fingers are in danger."),
        cells.pop("what_for", ""),
        cells.pop("maker", ""),
        state,
        cells.pop("risk", ""),
        cells.pop("trial", ""),
        cells.pop("live", ""),
    ]
