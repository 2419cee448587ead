"""What is understood of a register: a pilot per row, and what is to be said about cells and rows."""

import hashlib
import json
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from typing import Any

from pilots.access.roles import OwnerRole
from pilots.lifecycle import Stage
from pilots.models import HowBuilt, RiskTier
from portfolio.exchange.findings import CellWarning, Refusal
from portfolio.exchange.folding import fold
from portfolio.exchange.history import Step

FIELDS = ("name", "problem", "unit", "vendor", "contract", "risk", "how_built")
NO_PROBLEM = "It has no problem statement, and the mapping does not say what that means."
# Keys of what a row may tell beside `FIELDS`; people, KPIs, milestones and own fields have two parts.
DECIDE_BY, TAGS, CONFIDENTIAL = "decide_by", "tags", "confidential"


def owner_key(role: OwnerRole) -> str:
    return f"owner.{role.value}"


def kpi_key(name: str) -> str:
    return f"kpi.{fold(name)}"


def milestone_key(title: str) -> str:
    return f"milestone.{fold(title)}"


def custom_key(code: str) -> str:
    return f"custom.{code}"


@dataclass(frozen=True)
class Told:
    """What a row says under one key: as the text that is compared and remembered, and as what is written."""

    text: str
    value: Any


@dataclass(frozen=True, kw_only=True)
class UnderstoodRow:
    """A row as it was understood. `stage_is_assumed` when the register left it blank.

    `reference` is the register's own identifier, or "". `family` is the digest of agency and name,
    which another edition shares; `digest` that of everything the row says, mapped or not. `full`
    holds texts that had to be shortened, whole.
    """

    line: int
    agency: str
    prefix: str
    unit: str
    name: str
    problem: str
    vendor: str
    contract: str
    risk: RiskTier | None
    how_built: HowBuilt | None
    stage: Stage
    stage_is_assumed: bool
    steps: tuple[Step, ...]
    reference: str
    family: str
    digest: str
    full: AnyMapping[str, str]
    problem_is_assumed: bool = False
    more: AnyMapping[str, Told] = field(default_factory=dict)

    def texts(self) -> dict[str, str]:
        """Return what the row says, by key, as the pilot stores it or would."""
        own = {name: getattr(self, name) or "" for name in FIELDS}
        return own | {key: told.text for key, told in self.more.items()}


@dataclass
class Understood:
    """All rows of a file that a pilot can be made of, and what is to be said about the others.

    `twins` maps the line of a row to the line of an earlier one that says the same, word for word. `names`
    maps a line to the name in it, refused or not. `elsewhere` is said of further sheets.
    """

    read: int = 0
    left_out: int = 0
    rows: list[UnderstoodRow] = field(default_factory=list)
    warnings: list[CellWarning] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    twins: dict[int, int] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    elsewhere: list[CellWarning] = field(default_factory=list)


def digest_of(value: object) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()
