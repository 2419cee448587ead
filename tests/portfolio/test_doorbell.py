"""Celery's folder broker as this product uses it."""

import json
import threading
from pathlib import Path

import pytest
from kombu import Connection, Queue

from portfolio.celery import app
from portfolio.doorbell import Transport

QUEUE = Queue("rings", routing_key="rings")


@pytest.fixture
def connection(tmp_path):
    with Connection(
        transport=Transport, transport_options={"folder": str(tmp_path / "broker")}
    ) as connection:
        yield connection


def ring(connection: Connection, number: int) -> None:
    connection.Producer().publish({"number": number}, routing_key="rings", exchange="", declare=[QUEUE])


def take(connection: Connection) -> int | None:
    message = QUEUE(connection.default_channel).get(no_ack=True)
    return message and message.payload["number"]


def test_messages_come_out_once_and_in_order(connection):
    for number in range(3):
        ring(connection, number)

    assert [take(connection) for _ in range(4)] == [0, 1, 2, None]


def test_folder_is_made_and_left_without_messages(connection, tmp_path):
    ring(connection, 1)
    assert len(list(Path(tmp_path, "broker").glob("*.msg"))) == 1

    take(connection)

    assert list(Path(tmp_path, "broker").glob("*.msg*")) == []


def test_reader_never_meets_half_a_message(connection, tmp_path, monkeypatch):
    """Stop the writer in the middle of its file: the reader must see nothing yet."""
    folder = tmp_path / "broker"
    is_half_written, may_go_on = threading.Event(), threading.Event()
    write = Path.write_text

    def write_slowly(path, text, **named):
        write(path, text[:10], **named)
        is_half_written.set()
        may_go_on.wait(60)
        return write(path, text, **named)

    monkeypatch.setattr(Path, "write_text", write_slowly)
    with Connection(transport=Transport, transport_options={"folder": str(folder)}) as writer:
        thread = threading.Thread(target=ring, args=(writer, 7))
        thread.start()
        assert is_half_written.wait(60)

        while_writing = take(connection)
        may_go_on.set()
        thread.join(60)

    assert while_writing is None
    assert take(connection) == 7


def test_ring_carries_no_data_and_grows_stale_in_a_minute(connection, tmp_path):
    app.loader.import_default_modules()  # as a worker does; else another test must have done so before
    entry = app.conf.beat_schedule["ring"]
    with app.connection_for_write(
        transport=Transport, transport_options={"folder": str(tmp_path / "broker")}
    ) as mine:
        app.tasks["portfolio.ring"].apply_async(connection=mine, **entry["options"])

    (file,) = Path(tmp_path, "broker").glob("*.msg")
    headers = json.loads(file.read_text())["headers"]

    assert entry == {"task": "portfolio.ring", "schedule": 60.0, "options": {"expires": 60}}
    assert (headers["task"], headers["argsrepr"], headers["kwargsrepr"]) == ("portfolio.ring", "()", "{}")
    assert headers["expires"] is not None


def test_celery_keeps_nothing_but_the_ring():
    conf = app.conf

    assert conf.task_ignore_result is True
    assert conf.result_backend is None
    assert conf.task_acks_late is False
    assert conf.accept_content == ["json"]
    assert (conf.task_time_limit, conf.task_soft_time_limit) == (240, 200)
    assert conf.worker_prefetch_multiplier == 1
    assert conf.worker_max_tasks_per_child == 200
    assert conf.worker_soft_shutdown_timeout == 30
    assert conf.worker_enable_remote_control is False
    assert conf.timezone == "UTC"
    assert set(conf.beat_schedule) == {"ring"}
