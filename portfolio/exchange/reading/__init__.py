"""Reads files that somebody else wrote: each in a child process with limits, into sheets of rows of text.

Nothing here knows what the columns mean, and nothing here imports Django, so that the child starts fast.
"""

from portfolio.exchange.reading.supervise import read_packed, read_workbook
from portfolio.exchange.reading.unreadable import Unreadable

__all__ = ["Unreadable", "read_packed", "read_workbook"]
