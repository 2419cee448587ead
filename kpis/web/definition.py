"""The definition of a KPI in words: its parts, what it lacks, who signed it, and how it moved.

    shown = definition_facts(kpi, versions, sign_offs, today, relation=relation, has_readings=False)

`kpi` comes with `owner` and `pilot`; `versions` are all of it with `made_by`, in any order; `sign_offs`
are all of it with `signer` and `version`, in any order. Nothing here asks the database.

    shown.facts       [Fact("Baseline", "14 min"), Fact("Window", "", is_known=False), …] in four groups
    shown.groups      [("What it is", [Fact, …]), …], the same under the headings of the form
    shown.lacks       "Handling time lacks window and method.", "" where it lacks nothing
    shown.signature   Signature("Signed by S. Keller on Mon 26 Oct 2026, version 2.", "signed")
    shown.versions    [VersionRow, …], the newest first
    shown.actions     [Action("Edit", "/pilots/CLM-12/kpis/handling-time/edit/"), …] that the reader may take
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse

from kpis.definition import SIGNED, completeness, missing_parts
from kpis.models import Kpi, KpiVersion, SignOff
from kpis.terms import Direction, KpiKind, Provenance
from kpis.web.numbers import with_unit
from pilots.access.permissions import Deed, Relation, may
from pilots.web.spoken import days, spoken
from pilots.web.told import Difference

LABELS = {
    "name": "Name",
    "kind": "Kind",
    "definition": "What is counted",
    "unit": "Unit",
    "direction": "Which way is better",
    "baseline": "Baseline",
    "baseline_on": "Baseline measured on",
    "baseline_provenance": "Baseline comes from",
    "target": "Target",
    "target_low": "Lower end",
    "threshold": "Threshold",
    "window_days": "Window",
    "method": "Method",
    "owner": "Owner",
    "cadence_days": "Read every",
    "value_per_unit": "Worth",
    "value_currency": "Currency",
}
_SHORT = frozenset(LABELS[name] for name in ("baseline", "target", "target_low", "threshold", "window_days"))
UPPER_END = "Upper end"
# The parts under headings, as the form asks for them and the page shows them.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "What it is": ("name", "kind", "definition", "unit", "owner"),
    "Where it stands and should come to": (
        "direction",
        "baseline",
        "baseline_on",
        "baseline_provenance",
        "target_low",
        "target",
        "threshold",
    ),
    "How it is measured": ("window_days", "method", "cadence_days"),
    "What it is worth": ("value_per_unit", "value_currency"),
}


@dataclass(frozen=True)
class Fact:
    """One part; `value` is "" where it is not known, and the page then says so."""

    label: str
    value: str
    is_known: bool = True


@dataclass(frozen=True)
class Signature:
    """Whether the definition in force is signed; `state` is "signed", "changed" or "unsigned"."""

    sentence: str
    state: str


@dataclass(frozen=True)
class VersionRow:
    """One version: since when, by whom and why, what changed in it, and who signed it.

    The first has no differences: there was nothing before it.
    """

    number: int
    since: str
    on: date
    by: str
    reason: str
    differences: list[Difference]
    signed: list[str]
    is_current: bool


@dataclass(frozen=True)
class Action:
    """What the reader may do; `is_post` for a button in a form of its own, else a link."""

    label: str
    url: str
    is_post: bool = False


@dataclass(frozen=True)
class Definition:
    groups: list[tuple[str, list[Fact]]]
    lacks: str
    signature: Signature
    versions: list[VersionRow]
    actions: list[Action]

    @property
    def facts(self) -> list[Fact]:
        return [fact for _, facts in self.groups for fact in facts]


def definition_facts(
    kpi: Kpi,
    versions: Iterable[KpiVersion],
    sign_offs: Iterable[SignOff],
    today: date,
    *,
    relation: Relation,
    has_readings: bool,
) -> Definition:
    """Return all that a page says of a definition, and what this reader may do to it."""
    rows = sorted(versions, key=lambda version: version.number)
    signed = sorted(sign_offs, key=lambda row: (row.version.number, row.signed_on, row.pk))
    return Definition(
        groups=fact_groups(kpi, today),
        lacks=completeness(kpi.name, missing_parts(kpi)),
        signature=signature(rows, signed, today),
        versions=_version_rows(kpi, rows, signed, today),
        actions=_actions(kpi, relation, is_kept=has_readings or bool(signed)),
    )


# --- The parts -----------------------------------------------------------------------


def fact_groups(kpi: Kpi, today: date) -> list[tuple[str, list[Fact]]]:
    """Return the parts under their headings; what only a range or a price has is left out elsewhere."""
    return [
        (title, [_fact(kpi, name, today) for name in names if _is_asked(kpi, name)])
        for title, names in GROUPS.items()
    ]


def signed_groups(kpi: Kpi, today: date) -> list[tuple[str, list[Fact]]]:
    """Return what a signature covers, under the same headings."""
    found = [
        (title, [_fact(kpi, name, today) for name in names if name in SIGNED and _is_asked(kpi, name)])
        for title, names in GROUPS.items()
    ]
    return [(title, facts) for title, facts in found if facts]


def _is_asked(kpi: Kpi, name: str) -> bool:
    if name in {"name", "value_currency"}:
        return False  # the name heads the page; the currency stands beside the worth
    if name in {"baseline_on", "baseline_provenance"}:
        return kpi.baseline is not None
    if name == "target_low":
        return kpi.direction == Direction.RANGE.value
    return True


def _fact(kpi: Kpi, name: str, today: date) -> Fact:
    label = UPPER_END if name == "target" and kpi.direction == Direction.RANGE.value else LABELS[name]
    if name == "owner":
        value = kpi.owner.name if kpi.owner else ""
    elif name == "value_per_unit":
        value = _worth(kpi)
    else:
        value = part_in_words(name, getattr(kpi, name), kpi.unit, today)
    return Fact(label, value, bool(value))


def _worth(kpi: Kpi) -> str:
    if kpi.value_per_unit is None:
        return ""
    amount = f"{kpi.value_currency} {with_unit(kpi.value_per_unit, '')}"
    return f"{amount} a month for each {kpi.unit or 'unit'} better"


def part_in_words(name: str, value: Any, unit: str, today: date) -> str:
    """Return a part as people read it, "" for nothing; `value` as the row or as a version holds it."""
    if value is None or value == "":
        return ""
    match name:
        case "kind":
            return KpiKind(value).label
        case "direction":
            return Direction(value).label.capitalize()
        case "baseline_provenance":
            return Provenance(value).label
        case "baseline_on":
            return spoken(value if isinstance(value, date) else date.fromisoformat(value), today)
        case "window_days" | "cadence_days":
            return days(int(value))
        case "baseline" | "target" | "target_low" | "threshold":
            return with_unit(Decimal(value), unit)
    return str(value)


# --- Signatures and versions ---------------------------------------------------------


def signature(versions: Sequence[KpiVersion], sign_offs: Sequence[SignOff], today: date) -> Signature:
    """Return who signed the version in force, or that it changed since; both in order of their versions."""
    current = versions[-1].number if versions else 0
    valid = [row for row in sign_offs if row.version.number == current]
    if valid:
        names = " and ".join(f"{row.signer.name} on {spoken(row.signed_on, today)}" for row in valid)
        return Signature(f"Signed by {names}, version {current}.", "signed")
    if sign_offs:
        last = sign_offs[-1]
        day, number = spoken(last.signed_on, today), last.version.number
        what = _moved_since(last.version.parts, versions[-1].parts, today) if versions else ""
        sentence = f"Changed since it was signed on {day}{what}: {last.signer.name} signed version {number}."
        return Signature(sentence, "changed")
    return Signature("Nobody has signed it.", "unsigned")


def _moved_since(before: Mapping[str, Any], after: Mapping[str, Any], today: date) -> str:
    """Return “ (target 9 min → 10 min, method)”: numbers with both values, words by their name."""
    said = [
        f"{field.label.lower()} {field.before or 'not known'} → {field.after or 'not known'}"
        if field.label in _SHORT
        else field.label.lower()
        for field in differences(before, after, today)
    ]
    return f" ({', '.join(said)})" if said else ""


def _version_rows(
    kpi: Kpi, versions: Sequence[KpiVersion], sign_offs: Sequence[SignOff], today: date
) -> list[VersionRow]:
    zone = kpi.pilot.program
    rows = []
    before: KpiVersion | None = None
    for version in versions:
        on = zone.today(version.since)
        rows.append(
            VersionRow(
                number=version.number,
                since=spoken(on, today),
                on=on,
                by=version.made_by.name if version.made_by else "Headway",
                reason=version.reason,
                differences=differences(before.parts, version.parts, today) if before else [],
                signed=[
                    f"{row.signer.name}, {spoken(row.signed_on, today)}"
                    for row in sign_offs
                    if row.version_id == version.pk
                ],
                is_current=version is versions[-1],
            )
        )
        before = version
    return rows[::-1]


def differences(before: Mapping[str, Any], after: Mapping[str, Any], today: date) -> list[Difference]:
    """Return which signed parts two versions tell differently, in their order."""
    units = str(before.get("unit", "")), str(after.get("unit", ""))
    return [
        Difference(
            LABELS[name],
            part_in_words(name, before.get(name), units[0], today),
            part_in_words(name, after.get(name), units[1], today),
        )
        for name in SIGNED
        if before.get(name) != after.get(name)
    ]


# --- What the reader may do ----------------------------------------------------------


def _actions(kpi: Kpi, relation: Relation, *, is_kept: bool) -> list[Action]:
    """Return the deeds that are open to the reader, the likely ones first."""

    def url(page: str) -> str:
        return reverse(f"pilots:{page}", args=[kpi.pilot.key, kpi.code])

    found = []
    edits, in_use = may(Deed.EDIT, relation), kpi.retired_on is None
    if edits:
        found.append(Action("Edit", url("kpi_edit")))
    if in_use and may(Deed.SIGN_KPI, relation):
        found.append(Action("Sign", url("kpi_sign")))
    if not edits:
        return found
    if in_use and not kpi.is_primary and kpi.kind == KpiKind.BUSINESS.value:
        found.append(Action("Make it the primary one", url("kpi_primary"), is_post=True))
    if in_use:
        found.append(Action("Retire", url("kpi_retire")))
    if not in_use:
        found.append(Action("Bring it back", url("kpi_restore"), is_post=True))
    if not is_kept:
        found.append(Action("Remove", url("kpi_remove")))
    return found
