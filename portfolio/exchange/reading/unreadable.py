from portfolio.exchange.findings import CannotImport

BROKEN = (
    "The file cannot be read; something in it is not as such files are. "
    "Open it in a spreadsheet program, save it anew as .xlsx or as CSV, and import that."
)


class Unreadable(CannotImport):
    """The file cannot be read as a table; the message is one sentence for the person who gave it."""
