"""Keeps an import that the command line wrote like those of the browser, so that it can be undone there."""

import tomllib
import uuid
from pathlib import Path

from pilots.actions.by import By
from portfolio.exchange.importing import Outcome
from portfolio.exchange.mapping_reader import SHIPPED
from portfolio.exchange.models import Import
from portfolio.exchange.recognising import in_json
from portfolio.exchange.runs import clean_name
from portfolio.exchange.work import keep_written, written


def keep_import(outcome: Outcome, *, file: Path, mapping: str, batch: uuid.UUID, by: By) -> Import | None:
    """Keep a written import; None where there was nothing to write. `mapping` is as the command was told."""
    if not outcome.written and not outcome.programs.fresh:
        return None
    prepared = outcome.prepared
    path = SHIPPED / f"{prepared.mapping.name}.toml"
    told = Path(mapping) if mapping and Path(mapping).is_file() else path
    row = Import.objects.create(
        program=prepared.into,
        made_by=by.user,
        made_at=by.at,
        batch=batch,
        file_name=clean_name(file.name),
        digest=prepared.workbook.digest,
        as_of=prepared.as_of,
        mapping=in_json(tomllib.loads(told.read_text(encoding="utf-8"))),
        **written(outcome, by),
    )
    keep_written(row, outcome)
    return row
