"""The child process: puts limits on itself, reads the file on its standard input, and answers.

It is started as a script by its path, with `python -I`, so it finds the project by itself, and only
once the limits stand.
"""

import resource
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
WORKBOOK, SENTENCE, MEMORY = b"W", b"S", b"M"


def restrain(*, memory: int, seconds: int, files: int, written: int) -> None:
    """Limit this process for good. A system that does not know a limit goes without that one."""
    wanted = [
        (resource.RLIMIT_AS, memory, memory),
        (resource.RLIMIT_CPU, seconds, seconds + 1),  # a signal that says why, and a second later the end
        (resource.RLIMIT_NOFILE, files, files),
        (resource.RLIMIT_FSIZE, written, written),
        (resource.RLIMIT_CORE, 0, 0),  # a core file would keep what people wrote
    ]
    for limit, soft, hard in wanted:
        try:
            _, most = resource.getrlimit(limit)
            if most != resource.RLIM_INFINITY:
                soft, hard = min(soft, most), min(hard, most)
            resource.setrlimit(limit, (soft, hard))
        except (OSError, ValueError):
            continue


def main(encoding: str) -> None:
    sys.path.insert(0, str(ROOT))
    from portfolio.exchange.reading import limits  # noqa: PLC0415 -- the path is set above

    restrain(
        memory=limits.MOST_MEMORY,
        seconds=limits.MOST_CPU_SECONDS,
        files=limits.MOST_OPEN_FILES,
        written=limits.MOST_IN_LOG,
    )
    from portfolio.exchange.reading.recognise import read  # noqa: PLC0415 -- under the limits
    from portfolio.exchange.reading.unreadable import Unreadable  # noqa: PLC0415
    from portfolio.exchange.workbook import pack  # noqa: PLC0415

    try:
        with open(0, "rb", closefd=False) as stream:
            answer = WORKBOOK + pack(read(stream, encoding=encoding))
    except Unreadable as refusal:
        answer = SENTENCE + str(refusal).encode()
    except MemoryError:
        answer = MEMORY
    sys.stdout.buffer.write(answer)


if __name__ == "__main__":
    main(*sys.argv[1:])
