"""Says in sentences what reading a workbook could not carry over, and what it changed."""

from collections.abc import Iterator

from portfolio.exchange.reading.archive import Archive
from portfolio.exchange.reading.seen import Places, Seen, column_letters

SAVE = "Open the file in a spreadsheet program, save it, and import that."
FIFTEEN = "Spreadsheet programs change digits after the 15th; write identifiers as text."
COMMENTS = ("xl/comments", "xl/threadedcomments/")


def of_sheet(seen: Seen, filled: Places) -> Iterator[str]:
    """Yield what is to be said of one sheet; `filled` are the merged cells that were filled down."""
    said = [
        (seen.errors, "{cells} an error, read as blank: {places}."),
        (seen.unfinished, f"{{cells}} a formula without its result, read as blank: {{places}}. {SAVE}"),
        (seen.long_numbers, f"{{cells}} a number of more than 15 digits: {{places}}. {FIFTEEN}"),
        (seen.early_dates, "{cells} a date before 1900, read as a number: {places}."),
        (filled, "merged cells were filled down: {places}."),
        (seen.comments, "comments on cells are not read: {places}."),
        (seen.hidden_rows, "hidden rows are read too: {places}."),
        (_hidden_columns(seen), "hidden columns are read too: {places}."),
    ]
    for places, words in said:
        if places.count:
            sentence = words.format(cells=_cells(places), places=_named(places))
            yield f"Sheet “{seen.name}”: {sentence}"


def of_archive(archive: Archive) -> Iterator[str]:
    if any(name.startswith(COMMENTS) for name in archive.names()):
        yield "Comments on cells are not read."


def not_read(name: str) -> str:
    return f"Sheet “{name}” holds no cells but a chart or a macro, so it is not read."


def _cells(places: Places) -> str:
    return "1 cell holds" if places.count == 1 else f"{places.count:,} cells hold"


def _named(places: Places) -> str:
    rest = places.count - len(places.first)
    return ", ".join(places.first) + (f" and {rest:,} more" if rest else "")


def _hidden_columns(seen: Seen) -> Places:
    """Return hidden columns that hold something; all columns beyond are often hidden together."""
    columns = Places()
    for first, last in seen.hidden_columns:
        if first <= seen.widest:
            begin, end = column_letters(first), column_letters(min(last, seen.widest))
            columns.add(begin if begin == end else f"{begin} to {end}")
    return columns
