import signal
import subprocess
import sys

import pytest

WALK = "from portfolio.outbox.failpoints import fp; [fp('after_send') for _ in range(3)]; print('alive')"


@pytest.mark.parametrize(
    ("point", "at", "code"),
    [
        ("", "1", 0),
        ("before_send", "1", 0),
        ("after_send", "1", -signal.SIGKILL),
        ("after_send", "3", -signal.SIGKILL),
        ("after_send", "4", 0),
    ],
)
def test_a_worker_ends_only_where_it_was_told_to(point, at, code):
    done = subprocess.run(
        [sys.executable, "-c", WALK],
        env={"HEADWAY_FAILPOINT": point, "HEADWAY_FAILPOINT_AT": at},
        capture_output=True,
        timeout=120,
    )
    assert done.returncode == code
