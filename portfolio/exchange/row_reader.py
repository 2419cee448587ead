"""Reads one row of a register by its mapping."""

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
from portfolio.exchange.findings import CellWarning
from portfolio.exchange.folding import fold, fold_name, fold_reference, one_line, paragraphs
from portfolio.exchange.formulas import as_meant
from portfolio.exchange.history import Dated
from portfolio.exchange.mapping import Mapping, TooLong, Values
from portfolio.exchange.more_cells import MoreCells, OwnField
from portfolio.exchange.understood import NO_PROBLEM, UnderstoodRow, digest_of
from portfolio.exchange.workbook import Row

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
MOST_IN_REFERENCE = 200


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What is the same for every row of a file.

    `into` is the program all rows go to, or None for the mapping's own. `rows_have_ends` in a file whose
    rows tell how many cells they have; sheets do not. `fields` are the program's own, by code.
    """

    as_of: date
    into: Program | None
    rows_have_ends: bool = True
    fields: AnyMapping[str, OwnField] = field(default_factory=dict)


class RowReader:
    """Reads one row; collects what is to be said about it."""

    def __init__(
        self,
        row: Row,
        header: Sequence[str],
        places: AnyMapping[str, int],
        mapping: Mapping,
        *,
        reading: Reading,
        section: str = "",
    ) -> None:
        self.row, self.header, self.places, self.mapping = row, header, places, mapping
        self.reading = reading
        self.as_of, self.into = reading.as_of, reading.into
        self.warnings: list[CellWarning] = []
        self.refusals: list[str] = []
        self.is_left_out = False
        self.problem_is_assumed = False
        self.name = ""
        self.full: dict[str, str] = {}
        self.section = section

    def understand(self) -> UnderstoodRow | None:
        self.is_left_out = self._leave_out()
        if self.is_left_out or not self._has_header_width():
            return None
        stage, is_assumed = self._stage()
        agency = self._agency()
        self.name = name = one_line(self._cell(self.mapping.title_column))
        if not name:
            self.refusals.append("It has no name.")
        texts = self._texts(name, agency)
        if self.refusals and not texts["problem"]:
            self.refusals.append(NO_PROBLEM)  # for itself it is no reason: the pilot may be known
        if stage is None or self.refusals:
            return None
        risk, how_built = self._choice(self.mapping.risk), self._choice(self.mapping.how_built)
        steps = history.steps(self._dates(stage), stage, self.as_of)
        reference = self._reference()
        more = MoreCells(
            self.mapping,
            self.reading.fields,
            as_of=self.as_of,
            is_sheet=not self.reading.rows_have_ends,
            cell=self._cell,
            warn=self._warn,
            refuse=self.refusals.append,
        ).read()
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
            problem_is_assumed=self.problem_is_assumed,
            steps=steps,
            reference=reference,
            family=digest_of([fold(agency), fold_name(name) or fold(name)]),
            digest=self._digest(),
            full=self.full,
            more=more,
        )

    def _warn(self, column: str, text: str, reason: str) -> None:
        self.warnings.append(CellWarning(self.row.line, column, text, reason))

    def _note(self, column: str, text: str, reason: str) -> None:
        """Say what was understood and dealt with as somebody decided."""
        self.warnings.append(CellWarning(self.row.line, column, text, reason, is_noted=True))

    def _raw(self, column: str) -> str:
        place = self.places[column]
        return self.row.cells[place] if place < len(self.row.cells) else ""

    def _cell(self, column: str) -> str:
        """Return a cell's text, "" for a word that means nothing; an export's guard before a formula goes."""
        text = as_meant(self._raw(column).strip())
        return "" if fold(text) in self.mapping.empty else text

    def _leave_out(self) -> bool:
        for rule in self.mapping.leave_out:
            if fold(self._raw(rule.column)) in rule.words:
                self._note(rule.column, self._raw(rule.column), "The mapping leaves such rows out.")
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
        if has < wants and self.reading.rows_have_ends:
            self._warn(
                "", "", f"The row has {has} cells, but the header has {wants} columns; the rest is blank."
            )
        return True

    def _stage(self) -> tuple[Stage | None, bool]:
        rule = self.mapping.stage
        text = self._cell(rule.column) if rule.column else ""
        if text:
            stage = rule.meanings.get(fold(text))
            if stage is None:
                self.refusals.append(f"The mapping does not say which stage “{_short(one_line(text))}” is.")
            return stage, False
        if rule.when_blank is None:
            self.refusals.append("Its stage is blank, and the mapping does not say what that means.")
            return None, False
        if rule.column:
            self._note(rule.column, "", f"The stage is blank; the mapping says {rule.when_blank.label}.")
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
            self.problem_is_assumed = True
            if problem and mapping.problem:
                self._note(mapping.problem[0], "", f"It is blank; the mapping says “{problem}”")
        units = [self.section, self._joined(mapping.unit)]
        if self.into is not None and fold(agency) != fold(self.into.name):
            units.insert(0, agency)
        fitted = self._fit("name", name, mapping.title_column)
        if fitted != name:
            problem = f"{name}\n\n{problem}".strip()
        return {
            "name": fitted,
            "problem": self._fit("problem", problem, "” and “".join(filter(self._cell, mapping.problem))),
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
            together = "have together" if "” and “" in column else "has"
            self.refusals.append(
                f"“{column}” {together} {len(text):,} characters; {most:,} fit. "
                "Shorten it in the file, or say that such texts are shortened."
            )
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
        said = [[name, one_line(cell)] for name, cell in cells if cell.strip()]
        return digest_of([self.section, *said] if self.section else said)


def _most(model: type[Program] | type[Pilot], name: str) -> int:
    return int(getattr(model._meta.get_field(name), "max_length", 0))


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:79]}…"
