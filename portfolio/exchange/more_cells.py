"""Reads what a row says beside its description: people, KPIs, milestones, own fields. No database, no clock.

A cell that is not understood is a warning and says nothing; only a mark of confidence nobody can read
refuses its row, because a wrong guess would show the pilot to people who must not see it.
"""

from collections.abc import Callable, Iterable
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from datetime import date

from kpis.cells import kpi_from_cells
from kpis.oneline import KpiLine, UnreadableKpi, read_kpi
from pilots.access.roles import OwnerRole
from pilots.actions.by import Refused
from pilots.actions.owner import Contact, read_contact
from pilots.calendar import Day, Precision
from pilots.custom import FieldKind, UnreadableValue, as_text, read_value
from portfolio.exchange.cells import NotUnderstood, read_date
from portfolio.exchange.choices import Decimal
from portfolio.exchange.folding import fold, one_line
from portfolio.exchange.list_cells import read_list, read_written_list
from portfolio.exchange.mapping import KpiColumns, Mapping, MilestoneColumns, OwnerColumns
from portfolio.exchange.people_cells import pair_people, read_people
from portfolio.exchange.understood import (
    CONFIDENTIAL,
    DECIDE_BY,
    TAGS,
    Told,
    custom_key,
    kpi_key,
    milestone_key,
    owner_key,
)

UNKNOWN = "so it stays unknown."
MOST_IN_TAG = 60
MOST_IN_TITLE = 200


@dataclass(frozen=True)
class OwnField:
    """A program's own field, as far as its values are read."""

    label: str
    kind: FieldKind
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class MilestoneCells:
    """A milestone as a row tells it."""

    title: str
    due_on: date | None
    done_on: date | None
    owner: Contact | None


class MoreCells:
    """Reads the cells of one row. `cell` gives a column's text; `warn` and `refuse` take what to say."""

    def __init__(
        self,
        mapping: Mapping,
        fields: AnyMapping[str, OwnField],
        *,
        as_of: date,
        is_sheet: bool,
        cell: Callable[[str], str],
        warn: Callable[[str, str, str], None],
        refuse: Callable[[str], None],
    ) -> None:
        self.mapping, self.fields, self.as_of, self.is_sheet = mapping, fields, as_of, is_sheet
        self.cell, self.warn, self.refuse = cell, warn, refuse

    def read(self) -> dict[str, Told]:
        """Return everything the row says here, by key; blank cells say nothing."""
        found: dict[str, Told] = {}
        if self.mapping.decide_by and (day := self._day(self.mapping.decide_by)):
            found[DECIDE_BY] = Told(day.isoformat(), day)
        if tags := self._tags():
            found[TAGS] = Told(", ".join(tags), tuple(tags))
        if self.mapping.confidential:
            self._confidential(found)
        found |= self._owners()
        for kpi in self.mapping.kpis:
            self._add(found, self.kpi(kpi), kpi.line or kpi.name or kpi.target)
        for milestone in self.mapping.milestones:
            self._add(found, self.milestone(milestone), milestone.title or milestone.due)
        for item in self.mapping.custom:
            self._own_field(item.field, item.column, found)
        return found

    def _add(self, found: dict[str, Told], told: dict[str, Told], column: str) -> None:
        for key, item in told.items():
            if key in found:
                self.warn(column, item.text, "The row says this twice; the first is taken.")
            else:
                found[key] = item

    # --- Days, tags, marks -----------------------------------------------------------

    def _day(self, column: str) -> date | None:
        """Return the single day a cell names; a month is none."""
        text = self.cell(column)
        if not text:
            return None
        try:
            day = read_date(text, self.mapping.date_style)
        except NotUnderstood as doubt:
            self.warn(column, text, f"It {doubt}, {UNKNOWN}")
            return None
        if day.precision is not Precision.DAY:
            self.warn(column, text, f"It is no single day, {UNKNOWN}")
            return None
        return day.first

    def _tags(self) -> list[str]:
        tags: dict[str, str] = {}
        for column in self.mapping.tags:
            text = self.cell(column)
            for part in read_written_list(text) or read_list(text.replace(",", ";")):
                tag = one_line(part)
                if len(tag) > MOST_IN_TAG:
                    self.warn(column, tag, f"A tag has at most {MOST_IN_TAG} characters; it is left out.")
                elif tag:
                    tags.setdefault(fold(tag), tag)
        return sorted(tags.values())

    def _confidential(self, found: dict[str, Told]) -> None:
        text = self.cell(self.mapping.confidential)
        if not text:
            return
        if fold(text) in self.mapping.yes | self.mapping.no:
            is_so = fold(text) in self.mapping.yes
            found[CONFIDENTIAL] = Told("yes" if is_so else "no", is_so)
            return
        self.refuse(
            f"“{self.mapping.confidential}” says “{text[:40]}”: write yes or no, so that nobody guesses."
        )

    def _own_field(self, code: str, column: str, found: dict[str, Told]) -> None:
        own, text = self.fields[code], self.cell(column)
        try:
            value = read_value(own.kind, self._as_own(own.kind, column, text), own.choices)
        except UnreadableValue as why:
            self.warn(column, text, f"{why} It is left out.")
            return
        if value is not None:
            found[custom_key(code)] = Told(as_text(own.kind, value), value)

    def _as_own(self, kind: FieldKind, column: str, text: str) -> str:
        """Return a cell in the one way in which own fields are read, as far as the mapping says how."""
        if kind is FieldKind.YES_NO and fold(text) in self.mapping.yes | self.mapping.no:
            return "yes" if fold(text) in self.mapping.yes else "no"
        if kind is FieldKind.DATE and text:
            day = self._day(column)
            return day.isoformat() if day else ""
        comma = self._decimal_comma(text)
        if kind in {FieldKind.NUMBER, FieldKind.MONEY} and comma is not None:
            return text.replace(".", "").replace(",", ".") if comma else text.replace(",", "")
        return text

    def _decimal_comma(self, *texts: str) -> bool | None:
        """Return whether a comma parts the decimals of a number, None where nobody said.

        A number in a cell of a sheet always comes with a point, whatever its office writes.
        """
        if self.is_sheet and not any("," in text for text in texts):
            return False
        return None if self.mapping.decimal is None else self.mapping.decimal is Decimal.COMMA

    # --- People ----------------------------------------------------------------------

    def _owners(self) -> dict[str, Told]:
        named: dict[OwnerRole, dict[Contact, None]] = {}
        for columns in self.mapping.owners:
            people = self._people(columns)
            named.setdefault(columns.role, {}).update(dict.fromkeys(people))
        found: dict[str, Told] = {}
        for role, people_of_role in named.items():
            if role is OwnerRole.PRODUCTION_OWNER and len(people_of_role) > 1:
                names = ", ".join(person.name for person in people_of_role)
                columns = next(item for item in self.mapping.owners if item.role is role)
                first = next(iter(people_of_role))
                who = f"{first.name} is" if columns.takes_first else "nobody is"
                reason = f"Only one person or team can be production owner, so {who} named."
                self.warn(columns.name or columns.email, names, reason)
                if columns.takes_first:
                    found[owner_key(role)] = told_people([first])
            elif people_of_role:
                found[owner_key(role)] = told_people(people_of_role)
        return found

    def _people(self, columns: OwnerColumns) -> list[Contact]:
        column = columns.name or columns.email
        texts, doubt = pair_people(self._optional(columns.name), self._optional(columns.email))
        if doubt:
            self.warn(column, self.cell(column), doubt)
        address = self._optional(columns.email)
        if address and not doubt and not any("@" in text for text in texts):
            self.warn(columns.email, address, "It is no e-mail address, so it is left out.")
        return [person for text in texts if (person := self._person(column, text))]

    def _texts_of_people(self, column: str) -> list[str]:
        text = self.cell(column) if column else ""
        if not text:
            return []
        people, doubt = read_people(text)
        if doubt:
            self.warn(column, text, doubt)
        return people

    def _person(self, column: str, text: str) -> Contact | None:
        try:
            return read_contact(text)
        except Refused as refused:
            self.warn(column, text, f"{refused} It is left out.")
            return None

    # --- KPIs and milestones -----------------------------------------------------------

    def kpi(self, columns: KpiColumns) -> dict[str, Told]:
        line = self._kpi_line(columns)
        return {kpi_key(line.name): told_kpi(line)} if line else {}

    def _kpi_line(self, columns: KpiColumns) -> KpiLine | None:
        named = columns.line or columns.target or columns.name
        try:
            if columns.line:
                return read_kpi(self.cell(columns.line))
            name = columns.called or one_line(self.cell(columns.name))
            baseline, target = self._optional(columns.baseline), self._optional(columns.target)
            if not target and (columns.called or not name) and not baseline:
                return None
            comma = self._decimal_comma(baseline, target)
            return kpi_from_cells(name, baseline, target, self._optional(columns.unit), decimal_comma=comma)
        except UnreadableKpi as why:
            self.warn(named, self.cell(named), f"{why} The KPI is left out.")
            return None

    def milestone(self, columns: MilestoneColumns) -> dict[str, Told]:
        title = columns.called or one_line(self._optional(columns.title))
        due_text, done_text = self._optional(columns.due), self._optional(columns.done)
        if not title or (columns.called and not (due_text or done_text)):
            return {}
        if len(title) > MOST_IN_TITLE:
            reason = f"A milestone’s name has at most {MOST_IN_TITLE} characters; it is left out."
            self.warn(columns.title, title, reason)
            return {}
        due_on = self._day(columns.due) if due_text else None
        done_on = self._day(columns.done) if done_text else None
        if done_on and done_on > self.as_of:
            reason = f"It lies after {Day(self.as_of)}, the day the file speaks of, {UNKNOWN}"
            self.warn(columns.done, done_text, reason)
            done_on = None
        owner = self._milestone_owner(columns.owner)
        return {milestone_key(title): told_milestone(MilestoneCells(title, due_on, done_on, owner))}

    def _milestone_owner(self, column: str) -> Contact | None:
        people = self._texts_of_people(column)
        if len(people) > 1:
            self.warn(column, self.cell(column), "A milestone has one owner, so nobody is named.")
            return None
        return self._person(column, people[0]) if people else None

    def _optional(self, column: str) -> str:
        return self.cell(column) if column else ""


# --- What is compared --------------------------------------------------------------
#
# The stored side is put into the same words (`portfolio.exchange.stored`), so one comparison serves all.


def person_text(name: str, email: str) -> str:
    """Return what a person is known by: the address, or the name where there is none."""
    return email or name


def told_people(people: Iterable[Contact]) -> Told:
    named = tuple(people)
    return Told("; ".join(sorted(person_text(person.name, person.email) for person in named)), named)


def told_kpi(line: KpiLine) -> Told:
    return Told(kpi_text(line), line)


def kpi_text(kpi: KpiLine) -> str:
    baseline = "?" if kpi.baseline is None else f"{kpi.baseline.normalize():f}"
    target = "?" if kpi.target is None else f"{kpi.target.normalize():f}"
    return f"{kpi.name}: {baseline} → {target} {kpi.unit}".rstrip()


def told_milestone(cells: MilestoneCells) -> Told:
    owner = person_text(cells.owner.name, cells.owner.email) if cells.owner else ""
    return Told(milestone_text(cells.title, cells.due_on, cells.done_on, owner), cells)


def milestone_text(title: str, due_on: date | None, done_on: date | None, owner: str) -> str:
    parts = [title, f"due {due_on}" if due_on else "", f"done {done_on}" if done_on else "", owner]
    return ", ".join(part for part in parts if part)
