"""A folder on disk as Celery's broker, for one machine without Redis.

Kombu's own transport opens a message under its final name and then writes it. A worker that looks
in between reads an empty file and ends with a JSON error, so here a message is written under
another name first and appears whole.
"""

import time
import uuid
from functools import cached_property
from pathlib import Path
from typing import Any

from kombu import Connection
from kombu.transport import filesystem
from kombu.utils.json import dumps

LOOK_EVERY = 0.5  # seconds


class Channel(filesystem.Channel):
    @cached_property
    def data_folder_in(self) -> str:
        folder = Path(self.transport_options["folder"])
        folder.mkdir(parents=True, exist_ok=True)
        return str(folder)

    @cached_property
    def data_folder_out(self) -> str:
        return self.data_folder_in

    @cached_property
    def control_folder(self) -> Path:
        return Path(self.data_folder_in) / "control"

    # The base classes disagree about these two signatures; each here is its direct parent's.
    def _put(self, queue: str, payload: dict[str, Any], **_named: Any) -> None:  # type: ignore[override]
        # Readers sort by name and take what ends in ".<queue>.msg"; wall time keeps the order over a restart.
        whole = Path(self.data_folder_out) / f"{time.time_ns()}_{uuid.uuid4()}.{queue}.msg"
        part = whole.with_name(f"{whole.name}.part")
        part.write_text(dumps(payload), encoding="utf-8")
        part.replace(whole)


class Transport(filesystem.Transport):
    Channel = Channel
    default_connection_params = {"hostname": None}  # kombu warns of a missing one, and a folder has none
    polling_interval = LOOK_EVERY

    def drain_events(  # type: ignore[override]
        self, connection: Connection, timeout: float | None = None
    ) -> None:
        """Hand back control often: a worker hears that it is to stop only between two calls."""
        super().drain_events(connection, timeout=min(timeout or LOOK_EVERY, LOOK_EVERY))
