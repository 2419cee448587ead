import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = [
    ("create_token", "a@example.com", "--name", "x", "--scopes", "read"),
    ("check_integrity",),
    ("rebuild_columns",),
    ("create_admin", "a@example.com"),
    ("sample", "clear"),
    ("import_pilots", "register.csv"),
]


@pytest.mark.parametrize("call", COMMANDS)
def test_command_says_that_the_database_was_never_prepared(db, monkeypatch, call):
    monkeypatch.setattr(MigrationRecorder, "has_table", lambda recorder: False)

    with pytest.raises(CommandError) as refusal:
        call_command(*call)

    variable = "DATA_DIR" if connection.vendor == "sqlite" else "DATABASE_URL"
    assert str(refusal.value) == (
        f"There is no Headway database at {connection.settings_dict['NAME']}. "
        f"Is {variable} set as for make run?"
    )
    assert refusal.value.returncode == 2


def test_command_in_the_wrong_folder_makes_no_database(tmp_path):
    answer = subprocess.run(
        [sys.executable, "manage.py", "check_integrity"],
        cwd=ROOT,
        env={"DATA_DIR": str(tmp_path), "ENV_FILE": "/dev/null"},
        capture_output=True,
        text=True,
        check=False,
    )

    there = tmp_path / "headway.sqlite3"
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr == (
        f"CommandError: There is no Headway database at {there}. Is DATA_DIR set as for make run?\n"
    )
    assert not there.exists()
