"""How large a file may be, and what reading it may cost. Sizes are bytes; in cells and lines, characters."""

MOST_BYTES = 50 * 1024 * 1024
MOST_ROWS = 50_000  # below the header
MOST_COLUMNS = 200
MOST_IN_CELL = 32 * 1024
MOST_IN_LINE = MOST_COLUMNS * MOST_IN_CELL

# All sheets of a workbook together: one text can be told in a million cells for a few bytes each.
MOST_CELLS = 3_000_000
MOST_TEXT = 64 * 1024 * 1024

# A workbook is a zip archive. Spreadsheet programs write a few dozen parts and pack XML about 1 to 10.
MOST_PARTS = 200
MOST_DIRECTORY = 256 * 1024
MOST_UNZIPPED = 100 * 1024 * 1024
MOST_RATIO = 100
MOST_ROW_MARKS = 1_048_576  # rows with or without cells; what Excel itself allows
MOST_MERGES = 50_000

# What the child process may use, and how many of them one process of ours has at a time.
MOST_AT_ONCE = 2
MOST_MEMORY = 1024 * 1024 * 1024
MOST_CPU_SECONDS = 20
MOST_SECONDS = 40
MOST_IN_ANSWER = 256 * 1024 * 1024
MOST_IN_LOG = 64 * 1024
MOST_OPEN_FILES = 32
