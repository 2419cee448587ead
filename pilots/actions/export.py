"""Notes that somebody took a list out of the product: what leaves it is no change, and worth a line."""

from dataclasses import dataclass

from pilots.access.models import Program
from pilots.actions.by import By
from pilots.actions.event import event

LONGEST_QUERY = 2000


@dataclass(frozen=True, kw_only=True)
class Export:
    """A list as it went out. `asked` is the query of its address, `program` the one it was narrowed to."""

    list: str
    format: str
    rows: int
    asked: str = ""
    program: Program | None = None


def record_export(export: Export, *, by: By) -> None:
    event(
        "list.exported",
        by=by,
        program=export.program,
        subject=export.list,
        after={"rows": export.rows, "format": export.format, "asked": export.asked[:LONGEST_QUERY]},
    ).save()
