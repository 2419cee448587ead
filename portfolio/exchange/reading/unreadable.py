from portfolio.exchange.findings import CannotImport


class Unreadable(CannotImport):
    """The file cannot be read as a table; the message is one sentence for the person who gave it."""
