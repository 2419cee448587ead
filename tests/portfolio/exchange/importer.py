"""Brings small files as people do, and lets a worker do what they ask."""

import csv
import io
from datetime import timedelta
from pathlib import Path

from pilots.access.models import Source
from pilots.actions.by import By, Refused
from portfolio.exchange import runs
from portfolio.exchange.models import Import, Wanted
from portfolio.exchange.work import work_off
from portfolio.exchange.workbook import Kind, Row, Sheet, Workbook, pack
from tests.conftest import NOW, TODAY

HEADER = ["ID", "Name", "Problem", "Stage", "Vendor", "Live since"]
PLAIN = {
    "title": "Our list",
    "register": "our list",
    "recognised_by": ["ID", "Name"],
    "file": {"header": 1},
    "pilot": {"name": "Name", "problem": "Problem", "reference": "ID", "vendor": "Vendor"},
    "stage": {
        "column": "Stage",
        "values": {"Trial": "piloting", "Live": "production", "Proved": "proven", "Gone": "retired"},
    },
    "dates": {"column": [{"column": "Live since", "enters": "production"}]},
}


def row(number, name, stage="Trial", vendor="", live=""):
    return [str(number), name, f"{name} takes too long.", stage, vendor, live]


def as_csv(rows, header=None) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([header or HEADER, *rows])
    return text.getvalue()


class Importer:
    """One person who imports; a minute passes with every step."""

    def __init__(self, folder: Path, user, program) -> None:
        self.folder, self.user, self.program = folder, user, program
        self.at = NOW

    @property
    def by(self) -> By:
        self.at += timedelta(minutes=1)
        return By(user=self.user, at=self.at, source=Source.WEB)

    def begin(self, rows, *, header=None, name="our list.csv", as_of=TODAY) -> Import:
        path = self.folder / "upload"
        path.write_text(rows if isinstance(rows, str) else as_csv(rows, header), encoding="utf-8")
        new = runs.NewImport(program=self.program, file_name=name, path=path, as_of=as_of)
        return runs.begin(new, by=self.by)

    def keep(self, rows, *, header=None, name="our list.csv", as_of=TODAY) -> Import:
        """Keep a file as `begin` does, without a child process that reads it."""
        text = rows if isinstance(rows, str) else as_csv(rows, header)
        lines = tuple(Row(line, tuple(cells)) for line, cells in enumerate(csv.reader(io.StringIO(text)), 1))
        return Import.objects.create(
            program=self.program,
            made_by=self.user,
            made_at=self.by.at,
            file_name=name,
            packed=pack(Workbook(Kind.CSV, (Sheet("", lines),), digest="")),
            as_of=as_of,
        )

    def preview(self, rows, *, plain=PLAIN, **named) -> Import:
        import_ = self.keep(rows, **named)
        runs.choose(import_, plain, by=self.by)
        return self.do(import_, Wanted.PREVIEW)

    def write(self, rows, **named) -> Import:
        return self.do(self.preview(rows, **named), Wanted.APPLY)

    def questions(self, import_: Import) -> list[dict]:
        details = runs.details_of(import_, self.user)
        return [line for line in details if line["kind"] == "question" and not line["answer"]]

    def settle(self, import_: Import, answers: dict[str, str]) -> Import:
        """Answer, and write what can be written."""
        if answers:
            runs.answer(import_, answers, by=self.by)
            import_ = self.do(import_, Wanted.PREVIEW)
        try:
            return self.do(import_, Wanted.APPLY)
        except Refused:
            return import_

    def do(self, import_: Import, wanted: Wanted) -> Import:
        """Ask for the next thing, as the person last saw it, and let a worker do it."""
        runs.ask(import_, wanted, by=self.by, data_version=import_.data_version)
        return self.work(import_)

    def work(self, import_: Import) -> Import:
        self.at += timedelta(minutes=1)
        work_off(lambda: self.at)
        return Import.objects.get(pk=import_.pk)
