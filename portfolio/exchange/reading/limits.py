"""How large a file may be and what reading it may cost. Sizes are bytes, or characters in cells and lines."""

MOST_BYTES = 50 * 1024 * 1024
MOST_ROWS = 50_000  # below the header
MOST_COLUMNS = 200
MOST_IN_CELL = 32 * 1024
MOST_IN_LINE = MOST_COLUMNS * MOST_IN_CELL

# What the child process may use.
MOST_MEMORY = 1024 * 1024 * 1024
MOST_CPU_SECONDS = 20
MOST_SECONDS = 40
MOST_IN_ANSWER = 256 * 1024 * 1024
MOST_IN_LOG = 64 * 1024
MOST_OPEN_FILES = 32
