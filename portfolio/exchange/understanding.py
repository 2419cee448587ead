"""Understands the rows of a register by its mapping: each row becomes a pilot as the register tells it.

What is not understood is a warning and stays unknown; what no pilot can be made of is refused.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from pilots.access.models import Program
from pilots.lifecycle import Stage
from pilots.models import HowBuilt, Pilot, RiskTier
from portfolio.exchange import history
from portfolio.exchange.cells import NotUnderstood, read_date
from portfolio.exchange.findings import CannotImport, CellWarning, Refusal
from portfolio.exchange.folding import fold, fold_name, fold_reference, one_line, paragraphs
from portfolio.exchange.history import Dated, Step
from portfolio.exchange.mapping import Mapping, TooLong, Values
from portfolio.exchange.workbook import Row

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
MOST_IN_REFERENCE = 200
FIELDS = ("name", "problem", "unit", "vendor", "contract", "risk", "how_built")


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

    def texts(self) -> dict[str, str]:
        """Return the descriptive fields as a pilot stores them."""
        return {name: getattr(self, name) or "" for name in FIELDS}


@dataclass
class Understood:
    """All rows of a file that a pilot can be made of, and what is to be said about the others."""

    read: int = 0
    left_out: int = 0
    rows: list[UnderstoodRow] = field(default_factory=list)
    warnings: list[CellWarning] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


class Unmapped(CannotImport):
    """The file lacks columns the mapping names; the message is a sentence."""


def header_keys(cells: Sequence[str]) -> tuple[str, ...]:
    """Return a name for each column; repeated ones are told apart: `Reason`, `Reason (2)`, `Reason (3)`."""
    keys: list[str] = []
    seen: dict[str, int] = {}
    for place, cell in enumerate(cells, 1):
        name = one_line(cell) or f"column {place}"
        seen[fold(name)] = seen.get(fold(name), 0) + 1
        keys.append(name if seen[fold(name)] == 1 else f"{name} ({seen[fold(name)]})")
    return tuple(keys)


def understand(
    rows: Iterable[Row], header: Sequence[str], mapping: Mapping, *, as_of: date, into: Program | None
) -> Understood:
    """Understand every row; `into` is the program all of them go to, or None for the mapping's own.

    Raises `Unmapped` when the header lacks a column.
    """
    places = _places(header, mapping)
    result = Understood()
    first_of: dict[str, int] = {}
    for row in rows:
        result.read += 1
        reader = _RowReader(row, header, places, mapping, as_of=as_of, into=into)
        understood = reader.understand()
        result.warnings += reader.warnings
        if reader.is_left_out:
            result.left_out += 1
        if reader.refusals:
            result.refused.append(Refusal(row.line, " ".join(reader.refusals)))
        if understood is None:
            continue
        result.rows.append(understood)
        twin = first_of.setdefault(understood.digest, row.line)
        if twin != row.line:
            reason = f"It is the same as row {twin}, word for word; both are imported."
            result.warnings.append(CellWarning(row.line, mapping.title_column, understood.name, reason))
    return result


def _places(header: Sequence[str], mapping: Mapping) -> dict[str, int]:
    known = {fold(name): place for place, name in reversed(list(enumerate(header)))}
    missing = [name for name in mapping.columns if fold(name) not in known]
    if missing:
        names = ", ".join(f"“{name}”" for name in missing[:3])
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise Unmapped(f"The file has no column {names}{more}, which the mapping {mapping.name} names.")
    return {name: known[fold(name)] for name in mapping.columns}


class _RowReader:
    """Reads one row; collects what is to be said about it."""

    def __init__(
        self,
        row: Row,
        header: Sequence[str],
        places: AnyMapping[str, int],
        mapping: Mapping,
        *,
        as_of: date,
        into: Program | None,
    ) -> None:
        self.row, self.header, self.places, self.mapping = row, header, places, mapping
        self.as_of, self.into = as_of, into
        self.warnings: list[CellWarning] = []
        self.refusals: list[str] = []
        self.is_left_out = False
        self.full: dict[str, str] = {}

    def understand(self) -> UnderstoodRow | None:
        self.is_left_out = self._leave_out()
        if self.is_left_out or not self._has_header_width():
            return None
        stage, is_assumed = self._stage()
        agency = self._agency()
        name = one_line(self._cell(self.mapping.title_column))
        if not name:
            self.refusals.append("It has no name.")
        if stage is None or self.refusals:
            self._texts(name, agency)
            return None
        texts = self._texts(name, agency)
        risk, how_built = self._choice(self.mapping.risk), self._choice(self.mapping.how_built)
        steps = history.steps(self._dates(stage), stage, self.as_of)
        reference = self._reference()
        if self.refusals:
            return None
        return UnderstoodRow(
            line=self.row.line,
            agency=agency,
            prefix=one_line(self._cell(self.mapping.prefix)) if self.mapping.prefix else "",
            **texts,
            risk=RiskTier(risk) if risk else None,
            how_built=HowBuilt(how_built) if how_built else None,
            stage=stage,
            stage_is_assumed=is_assumed,
            steps=steps,
            reference=reference,
            family=digest_of([fold(agency), fold_name(name) or fold(name)]),
            digest=self._digest(),
            full=self.full,
        )

    def _warn(self, column: str, text: str, reason: str) -> None:
        self.warnings.append(CellWarning(self.row.line, column, text, reason))

    def _raw(self, column: str) -> str:
        place = self.places[column]
        return self.row.cells[place] if place < len(self.row.cells) else ""

    def _cell(self, column: str) -> str:
        """Return a cell's text, "" for a word that means nothing; an export's guard before a formula goes."""
        text = self._raw(column).strip()
        if text[:1] == "'" and text[1:].startswith(FORMULA_STARTS):
            text = text[1:]
        return "" if fold(text) in self.mapping.empty else text

    def _leave_out(self) -> bool:
        for rule in self.mapping.leave_out:
            if fold(self._raw(rule.column)) in rule.words:
                self._warn(rule.column, self._raw(rule.column), "The mapping leaves such rows out.")
                return True
        return False

    def _has_header_width(self) -> bool:
        has, wants = len(self.row.cells), len(self.header)
        if has > wants and any(cell.strip() for cell in self.row.cells[wants:]):
            self.refusals.append(
                f"It has {has} cells, but the header has {wants} columns. "
                "Look for a delimiter in an unquoted cell."
            )
            return False
        if has < wants:
            self._warn(
                "", "", f"The row has {has} cells, but the header has {wants} columns; the rest is blank."
            )
        return True

    def _stage(self) -> tuple[Stage | None, bool]:
        rule = self.mapping.stage
        text = self._cell(rule.column)
        if text:
            stage = rule.meanings.get(fold(text))
            if stage is None:
                self.refusals.append(f"The mapping does not say which stage “{_short(one_line(text))}” is.")
            return stage, False
        if rule.when_blank is None:
            self.refusals.append("Its stage is blank, and the mapping does not say what that means.")
            return None, False
        self._warn(rule.column, "", f"The stage is blank; the mapping says {rule.when_blank.label}.")
        return rule.when_blank, True

    def _reference(self) -> str:
        if not self.mapping.reference:
            return ""
        reference = fold_reference(self._cell(self.mapping.reference))
        if len(reference) > MOST_IN_REFERENCE:
            self.refusals.append(f"Its identifier has more than {MOST_IN_REFERENCE} characters.")
        return reference

    def _agency(self) -> str:
        if not self.mapping.program:
            return ""
        text = one_line(self._cell(self.mapping.program)) or self.mapping.program_when_blank
        if not text and self.into is None:
            self.refusals.append(f"“{self.mapping.program}” is blank, so it belongs to no program.")
        if len(text) > _most(Program, "name"):
            self.refusals.append(
                f"“{self.mapping.program}” has more than {_most(Program, 'name')} characters."
            )
        return self.mapping.program_names.get(fold(text), text)

    def _texts(self, name: str, agency: str) -> dict[str, str]:
        mapping = self.mapping
        used = [mapping.title_column, *mapping.unit, *mapping.problem, *mapping.vendor, *mapping.contract]
        for column in used:
            if REPLACEMENT in self._raw(column):
                self._warn(
                    column,
                    self._raw(column),
                    "A character was lost before the file was made (\ufffd); the text is kept as it is.",
                )
        problem = paragraphs("\n\n".join(filter(None, (self._cell(column) for column in mapping.problem))))
        if not problem:
            problem = mapping.problem_when_blank
            if problem:
                self._warn(mapping.problem[0], "", f"It is blank; the mapping says “{problem}”")
            else:
                self.refusals.append(
                    "It has no problem statement, and the mapping does not say what that means."
                )
        units = [self._joined(mapping.unit)]
        if self.into is not None and fold(agency) != fold(self.into.name):
            units.insert(0, agency)
        fitted = self._fit("name", name, mapping.title_column)
        if fitted != name:
            problem = f"{name}\n\n{problem}"
        return {
            "name": fitted,
            "problem": self._fit("problem", problem, mapping.problem[0]),
            "unit": self._fit("unit", ", ".join(filter(None, units)), "".join(mapping.unit[:1])),
            "vendor": self._fit("vendor", self._joined(mapping.vendor), "".join(mapping.vendor[:1])),
            "contract": self._fit("contract", self._joined(mapping.contract), "".join(mapping.contract[:1])),
        }

    def _joined(self, columns: Iterable[str]) -> str:
        """Return the cells of several columns as one text, each word said once."""
        parts = {fold(text): text for text in (one_line(self._cell(column)) for column in columns) if text}
        return ", ".join(parts.values())

    def _fit(self, name: str, text: str, column: str) -> str:
        most = _most(Pilot, name)
        if len(text) <= most:
            return text
        if self.mapping.too_long is TooLong.REFUSE:
            self.refusals.append(f"“{column}” has {len(text):,} characters; {most:,} fit.")
            return text
        self.full[name] = text
        rest = (
            "the whole of it opens the problem statement"
            if name == "name"
            else "the register's row keeps all"
        )
        self._warn(column, text, f"It has {len(text):,} characters and was shortened to {most:,}; {rest}.")
        head = text[: most - 1]
        word_end = max(head.rfind(" "), head.rfind("\n"))
        return f"{head[:word_end] if word_end > most - 60 else head}…"

    def _choice(self, values: Values | None) -> StrEnum | None:
        text = self._cell(values.column) if values else ""
        if values is None or not text:
            return None
        if fold(text) not in values.meanings:
            self._warn(values.column, text, "The mapping does not say what it means, so it stays unknown.")
        return values.meanings.get(fold(text))

    def _dates(self, stage: Stage) -> list[Dated]:
        found = []
        for rule in self.mapping.dates:
            text = self._cell(rule.column)
            if not text:
                continue
            try:
                day = read_date(text, self.mapping.date_style)
            except NotUnderstood as doubt:
                self._warn(rule.column, text, f"It {doubt}, {history.UNKNOWN}")
            else:
                found.append(Dated(rule.column, text, rule.instead.get(stage, rule.enters), day))
        kept, warnings = history.sound(self.row.line, found, stage, self.as_of)
        self.warnings += warnings
        return kept

    def _digest(self) -> str:
        cells = zip(self.header, self.row.cells, strict=False)
        return digest_of([[name, one_line(cell)] for name, cell in cells if cell.strip()])


def digest_of(value: object) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()


def _most(model: type[Program] | type[Pilot], name: str) -> int:
    return int(getattr(model._meta.get_field(name), "max_length", 0))


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:79]}…"
