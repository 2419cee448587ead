"""What a column can mean. The codes are those of `columns.StandardColumn` and of `choices.Chosen.columns`."""

from collections.abc import Iterable
from dataclasses import dataclass

from pilots.access.roles import OwnerRole
from pilots.lifecycle import Stage

NOT_IMPORTED = ""


@dataclass(frozen=True)
class Meaning:
    """One meaning; `many` when several columns may bear it. `group` heads it in a list of choices."""

    code: str
    label: str
    group: str
    many: bool = False


_PILOT = "The pilot"
PILOT = (
    Meaning("name", "Name", _PILOT),
    Meaning("reference", "Identifier", _PILOT),
    Meaning("problem", "Problem statement", _PILOT, many=True),
    Meaning("stage", "Stage", _PILOT),
    Meaning("program", "Program", _PILOT),
    Meaning("prefix", "Program’s abbreviation", _PILOT),
    Meaning("unit", "Business unit", _PILOT, many=True),
    Meaning("vendor", "Vendor", _PILOT, many=True),
    Meaning("contract", "Contract", _PILOT, many=True),
    Meaning("risk", "Risk tier", _PILOT),
    Meaning("how_built", "How it is built", _PILOT),
    Meaning("decide_by", "Decide by", _PILOT),
    Meaning("tags", "Tags", _PILOT, many=True),
    Meaning("confidential", "Confidential, yes or no", _PILOT),
)
DATES = tuple(Meaning(f"date:{stage.value}", f"Day it came to {stage.label}", "Dates") for stage in Stage)
OWNERS = tuple(
    meaning
    for role in OwnerRole
    for meaning in (
        Meaning(f"owner:{role.value}", role.label, "People", many=True),
        Meaning(f"owner_email:{role.value}", f"{role.label}, e-mail", "People"),
    )
)
KPI = (
    Meaning("kpi_line", "KPI in one line, such as “Handling time 14 → 9 min”", "KPI"),
    Meaning("kpi_name", "KPI’s name", "KPI"),
    Meaning("kpi_baseline", "KPI’s baseline", "KPI"),
    Meaning("kpi_target", "KPI’s target", "KPI"),
    Meaning("kpi_unit", "KPI’s unit", "KPI"),
)
MILESTONE = (
    Meaning("milestone_title", "Milestone", "Milestone"),
    Meaning("milestone_due", "Milestone’s due day", "Milestone"),
    Meaning("milestone_done", "Day the milestone was done", "Milestone"),
    Meaning("milestone_owner", "Milestone’s owner", "Milestone"),
)
GO_LIVE_DUE = Meaning("go_live_due", "Day it is to go live, as a milestone", "Milestone")
POINTS_AT_PILOT = Meaning("pilot", "Which pilot it belongs to: identifier or name", _PILOT)


def meanings(custom: Iterable[tuple[str, str]] = ()) -> tuple[Meaning, ...]:
    """Return what a column of the first sheet can mean; `custom` are codes and labels of own fields."""
    own = tuple(Meaning(f"custom:{code}", label, "Custom fields") for code, label in custom)
    return (*PILOT, *DATES, *OWNERS, *KPI, *MILESTONE, GO_LIVE_DUE, *own)


def meanings_of_more() -> tuple[Meaning, ...]:
    """Return what a column of a second sheet can mean."""
    return (POINTS_AT_PILOT, *KPI, *MILESTONE)
