"""The columns of the list of pilots: which there are, which are chosen, and what stands in them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from pilots.access.roles import OwnerRole
from pilots.custom import FieldKind, told
from pilots.design import Regime, ServingPattern
from pilots.models import CustomField, HowBuilt, Pilot, PilotTag, RiskTier, Waiting
from pilots.web.field_filters import NUMBERS, PREFIX, name_of
from pilots.web.spoken import brief, spoken

PARAMETER = "columns"
ALWAYS = ("key", "name")
DEFAULT = ("key", "name", "stage", "health", "decide_by", "owner", "moved")


@dataclass(frozen=True)
class Cell:
    """A cell of a chosen column; `text` is empty where it is not known, `url` is that of a link."""

    name: str
    label: str
    text: str
    is_number: bool = False
    url: str = ""


@dataclass(frozen=True)
class Beside:
    """What stands in other tables of the pilots of one page, by the pilot's id."""

    tags: Mapping[int, list[str]] = field(default_factory=dict)
    waits: Mapping[int, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, pilots: Sequence[Pilot], columns: Sequence["ListColumn"]) -> "Beside":
        """Read what these columns show; a query for each of the two that is shown."""
        ids, names = [pilot.pk for pilot in pilots], {column.name for column in columns}
        tags: dict[int, list[str]] = {}
        waits: dict[int, list[str]] = {}
        if "tags" in names:
            for pk, name in (
                PilotTag.objects.filter(pilot__in=ids).order_by("name").values_list("pilot", "name")
            ):
                tags.setdefault(pk, []).append(name)
        if "waits" in names:
            open_waits = Waiting.objects.open().filter(pilot__in=ids).order_by("since", "pk")
            for pk, role in open_waits.values_list("pilot", "on_role"):
                words = OwnerRole(role).label
                if words not in waits.setdefault(pk, []):
                    waits[pk].append(words)
        return cls(tags, waits)


Says = Callable[[Pilot, Beside, date], str]


@dataclass(frozen=True)
class ListColumn:
    """A column; `order` names how the list is ordered by it, `says` what stands in it if it is not drawn."""

    name: str
    label: str
    order: str = ""
    is_number: bool = False
    runs_back: bool = False
    says: Says | None = None
    fields: tuple[CustomField, ...] = ()

    @property
    def is_more(self) -> bool:
        return self.says is not None

    @property
    def is_in_use(self) -> bool:
        return not self.fields or any(field.is_active for field in self.fields)

    @property
    def is_link(self) -> bool:
        return any(field.of_kind is FieldKind.LINK for field in self.fields)

    def cell(self, pilot: Pilot, beside: Beside, today: date) -> Cell:
        text = self.says(pilot, beside, today) if self.says else ""
        return Cell(self.name, self.label, text, self.is_number, text if self.is_link else "")


STANDARD = (
    ListColumn("key", "Key", "key"),
    ListColumn("name", "Pilot", "name"),
    ListColumn("stage", "Stage", "stage"),
    ListColumn("health", "Health"),
    ListColumn("decide_by", "Decide by", "decide_by"),
    ListColumn("owner", "Owner", "owner"),
    # It shows days since, which run the other way than the day itself.
    ListColumn("moved", "Last moved", "moved", is_number=True, runs_back=True),
    ListColumn("program", "Program", says=lambda pilot, _, __: pilot.program.name),
    ListColumn("unit", "Unit", says=lambda pilot, _, __: pilot.unit),
    ListColumn("vendor", "Vendor", says=lambda pilot, _, __: pilot.vendor),
    ListColumn(
        "risk", "Risk tier", says=lambda pilot, _, __: RiskTier(pilot.risk).label if pilot.risk else ""
    ),
    ListColumn(
        "how_built",
        "How built",
        says=lambda pilot, _, __: HowBuilt(pilot.how_built).label if pilot.how_built else "",
    ),
    ListColumn("tags", "Tags", says=lambda pilot, beside, _: ", ".join(beside.tags.get(pilot.pk, ()))),
    ListColumn(
        "since",
        "In stage since",
        says=lambda pilot, _, today: brief(pilot.since, today) if pilot.since else "",
    ),
    ListColumn(
        "review",
        "Hold review",
        says=lambda pilot, _, today: spoken(pilot.hold_review_on, today) if pilot.hold_review_on else "",
    ),
    ListColumn("waits", "Waits for", says=lambda pilot, beside, _: ", ".join(beside.waits.get(pilot.pk, ()))),
    ListColumn(
        "serving_pattern",
        "How it answers",
        says=lambda pilot, _, __: (
            ServingPattern(pilot.serving_pattern).label if pilot.serving_pattern else ""
        ),
    ),
    ListColumn(
        "regime",
        "Personal data",
        says=lambda pilot, _, __: Regime(pilot.regime).label if pilot.regime else "",
    ),
)


def known_columns(fields: Sequence[CustomField]) -> dict[str, ListColumn]:
    """Return every column by its name; fields of one code in several programs share one."""
    of_code: dict[str, list[CustomField]] = {}
    for each in fields:
        of_code.setdefault(each.code, []).append(each)
    custom = [_custom_column(code, tuple(found)) for code, found in of_code.items()]
    return {column.name: column for column in (*STANDARD, *custom)}


def _custom_column(code: str, fields: tuple[CustomField, ...]) -> ListColumn:
    kinds = {found.program_id: found.of_kind for found in fields}

    def says(pilot: Pilot, _: Beside, __: date) -> str:
        kind = kinds.get(pilot.program_id)
        return told(kind, pilot.custom.get(code)) if kind else ""

    in_numbers = set(kinds.values()) <= NUMBERS
    order = name_of(code) if len(set(kinds.values())) == 1 else ""
    return ListColumn(name_of(code), fields[0].label, order, is_number=in_numbers, says=says, fields=fields)


def wanted_columns(asked: str, known: Mapping[str, ListColumn]) -> tuple[list[ListColumn], str]:
    """Return the chosen columns in their usual order, and why one of them is not known; "" where all are."""
    names = [name.strip() for name in asked.split(",") if name.strip()] if asked else list(DEFAULT)
    for name in names:
        if name not in known:
            about = "No program here keeps a field" if name.startswith(PREFIX) else "This list has no column"
            return [known[name] for name in DEFAULT], f"{about} “{name.removeprefix(PREFIX)[:60]}”."
    return [column for name, column in known.items() if name in names or name in ALWAYS], ""
