"""The columns Headway itself writes: the export's, the template's, and the import knows them by title.

One table, so that what goes out comes back in without a mapping. Owner roles and stages follow from
their own lists.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from pilots.access.roles import OwnerRole
from pilots.lifecycle import Stage
from pilots.models import HowBuilt, RiskTier
from portfolio.exchange.folding import fold

# Between several people, or several tags, in one cell.
SEPARATOR = "; "
A_DAY = "A day such as 2026-10-05; or, where that is all anybody knows, 2026-10, Q4 2026 or 2026."
ONE_DAY = "A day such as 2026-10-05."
# The roles a new register is asked for; the others are read too, and exported where they occur.
ASKED_ROLES = frozenset(
    {
        OwnerRole.SPONSOR,
        OwnerRole.BUSINESS_OWNER,
        OwnerRole.TECHNICAL_LEAD,
        OwnerRole.PRODUCTION_OWNER,
        OwnerRole.RUN_OWNER,
    }
)


@dataclass(frozen=True)
class StandardColumn:
    """A column by its title. `meaning` is a code of the mapping; empty for what is derived, not imported."""

    title: str
    meaning: str
    explained: str
    in_template: bool = True


def _one_of(labels: Iterable[str]) -> str:
    return f"One of: {', '.join(labels)}."


def _reached(stage: Stage) -> StandardColumn:
    explained = f"When it first came to the stage {stage.label}. {A_DAY}"
    return StandardColumn(f"Reached {stage.label}", f"date:{stage.value}", explained)


def _owner(role: OwnerRole) -> tuple[StandardColumn, StandardColumn]:
    asked = role in ASKED_ROLES
    several = "" if role is OwnerRole.PRODUCTION_OWNER else " Several are parted by a semicolon."
    return (
        StandardColumn(
            role.label,
            f"owner:{role.value}",
            f"The name of the {role.label.lower()}: a person or a team.{several}",
            in_template=asked,
        ),
        StandardColumn(
            f"{role.label} e-mail",
            f"owner_email:{role.value}",
            "Their address, to tell people of one name apart. Nobody is mailed for standing in a list.",
            in_template=asked,
        ),
    )


STANDARD_COLUMNS: tuple[StandardColumn, ...] = (
    StandardColumn(
        "Key",
        "reference",
        "An identifier of your own that never changes. Headway’s key, such as CLM-12, stands here in an "
        "export. Leave it blank where you have none: the row is then known again by program and name.",
    ),
    StandardColumn("Name", "name", "What the pilot is called; needed. At most 200 characters."),
    StandardColumn(
        "Program", "program", "The program it belongs to. Blank where you choose one for all rows."
    ),
    StandardColumn("Unit", "unit", "The business unit, in your words."),
    StandardColumn("Problem", "problem", "The problem it should solve, in a sentence; needed."),
    StandardColumn(
        "Stage", "stage", f"Where it stands now; needed. {_one_of(stage.label for stage in Stage)}"
    ),
    StandardColumn(
        "In this stage since",
        "",
        "When it last came to its present stage, as exactly as known.",
        in_template=False,
    ),
    *(_reached(stage) for stage in Stage),
    StandardColumn(
        "On hold since",
        "",
        "Since when it rests. Holds are made in Headway, with a reason.",
        in_template=False,
    ),
    StandardColumn("Health", "", "What Headway says of it; derived.", in_template=False),
    StandardColumn("Decide by", "decide_by", f"Until when it is to be decided whether it works. {ONE_DAY}"),
    StandardColumn(
        "Risk tier",
        "risk",
        f"{_one_of(tier.label for tier in RiskTier)} Blank where it is not classified.",
    ),
    StandardColumn("How built", "how_built", _one_of(item.label for item in HowBuilt)),
    StandardColumn("Vendor", "vendor", "Who sells it."),
    StandardColumn("Contract", "contract", "The number or name of the contract."),
    StandardColumn(
        "Confidential",
        "confidential",
        "yes or no. Confidential pilots are seen by the program’s managers and their accepted owners only.",
    ),
    StandardColumn("Tags", "tags", "Words to group pilots by, parted by semicolons."),
    *(column for role in OwnerRole for column in _owner(role)),
    StandardColumn("KPI", "kpi_name", "The number that should move if the pilot is worth it, by its name."),
    StandardColumn(
        "KPI baseline", "kpi_baseline", "That number before the pilot, such as 14.5. Blank if unknown."
    ),
    StandardColumn(
        "KPI target", "kpi_target", "That number once the pilot works; needed where a KPI is named."
    ),
    StandardColumn("KPI unit", "kpi_unit", "What the number counts, such as min or %."),
    StandardColumn("Milestone", "milestone_title", "The next thing to be done, in a few words."),
    StandardColumn("Milestone due", "milestone_due", f"When that is due. {ONE_DAY}"),
    StandardColumn(
        "Milestone done", "milestone_done", f"When that was done; blank while it is not. {ONE_DAY}"
    ),
    StandardColumn("Updated", "", "When anything about it last changed in Headway.", in_template=False),
)

_BY_TITLE = {fold(column.title): column for column in STANDARD_COLUMNS}
_BY_MEANING = {column.meaning: column for column in STANDARD_COLUMNS if column.meaning}


def titled(title: str) -> StandardColumn | None:
    """Return the column of this title, compared without case and stray white space."""
    return _BY_TITLE.get(fold(title))


def meaning(code: str) -> StandardColumn:
    """Return the column that means this; raise `KeyError` for a code no column has."""
    return _BY_MEANING[code]


def for_custom_field(code: str, label: str, explained: str = "") -> StandardColumn:
    """Return the column of a program's own field; its title is the field's label."""
    return StandardColumn(label, f"custom:{code}", explained)


def template_titles() -> tuple[str, ...]:
    return tuple(column.title for column in STANDARD_COLUMNS if column.in_template)
