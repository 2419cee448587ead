"""Where fault tests end a worker: HEADWAY_FAILPOINT names the point, HEADWAY_FAILPOINT_AT the pass.

The points are in_enqueue, after_lease, before_send, after_send and after_mark. Without the variable
nothing happens.
"""

import os
import signal
from collections import Counter

_passes: Counter[str] = Counter()


def fp(name: str) -> None:
    """End this process at once, without a goodbye, where the environment asks for it."""
    if os.environ.get("HEADWAY_FAILPOINT") != name:
        return
    _passes[name] += 1
    if _passes[name] >= int(os.environ.get("HEADWAY_FAILPOINT_AT", "1")):
        os.kill(os.getpid(), signal.SIGKILL)
