"""Each recipe of docs/recipes does what it says: its code is taken from the page and run as it stands.

Scripts are processes of their own and send to a real server with a real token.
"""

import os
import re
import shutil
import subprocess
import sys
import textwrap
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kpis.actions.kpi import NewKpi, define_kpi
from kpis.models import Measurement
from kpis.oneline import read_kpi
from pilots.access.models import ApiToken, Program
from pilots.actions.account import create_token
from pilots.models import Pilot

DOCS = Path(__file__).parents[2] / "docs"
RECIPES = DOCS / "recipes"
FENCED = re.compile(r"^```(?P<kind>\w+)\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE)
# What MLflow does as far as the recipe goes: a run with an id, and metrics that are logged.
MLFLOW = """
    from types import SimpleNamespace

    logged = []

    def active_run():
        return SimpleNamespace(info=SimpleNamespace(run_id="5f3a"))

    def log_metric(key, value, step=None):
        logged.append((key, value, step))
"""


def blocks(recipe: str, kind: str) -> list[str]:
    text = (RECIPES / f"{recipe}.md").read_text()
    return [found["code"] for found in FENCED.finditer(text) if found["kind"] == kind]


@pytest.fixture
def pilot(program, make_pilot, by) -> Pilot:
    Program.objects.filter(pk=program.pk).update(last_number=11)
    program.refresh_from_db()
    pilot = make_pilot()
    for line in ("Handling time 14 → 9 min", "Accuracy 71 → 95 %"):
        define_kpi(NewKpi(pilot=pilot, line=read_kpi(line)), by=by)
    assert pilot.key == "CLM-12"
    return pilot


@pytest.fixture
def run(live_server, pilot, contributor, by_system, tmp_path):
    """Run a program with the address and a token that may only send readings of this pilot."""
    _, secret = create_token(
        user=contributor, name="recipe", scopes={"measure"}, pilot_ids=[pilot.pk], by=by_system
    )

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        given = {"HEADWAY": live_server.url, "HEADWAY_TOKEN": secret, "RUN_ID": "run-7"}
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path), "no_proxy": "*", **given}
        return subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
        )

    return run


def stored() -> list[tuple]:
    rows = Measurement.objects.select_related("kpi").order_by("pk")
    return [
        (row.kpi.code, row.value, row.provenance, row.sample_size, row.source, row.external_id, row.entry)
        for row in rows
    ]


def test_line_for_the_shell_sends_one_reading(run):
    assert shutil.which("curl"), "The recipe is for curl: install it."
    [line] = blocks("shell", "sh")
    assert line.count("\n") == 1

    answer = run("sh", "-c", line)

    assert '"value":"9.4","unit":"min"' in answer.stdout.replace(": ", ":").replace(", ", ",")
    assert stored() == [("handling-time", Decimal("9.4"), "shadow", 412, "", "", "api")]


def test_line_of_the_page_sends_one_reading(live_server, settings, client, contributor, pilot, run):
    settings.SITE_URL = live_server.url
    client.force_login(contributor)
    made = client.post("/pilots/CLM-12/kpis/token/", {"name": "cron", "kpi": "accuracy", "days": "90"})

    run("sh", "-c", made.context["line"])

    assert ApiToken.objects.filter(name="cron", may_measure=True, may_write=False).count() == 1
    assert stored() == [("accuracy", Decimal(12345), "demo", None, "", "", "api")]


def test_training_script_run_twice_sends_once(run):
    [script] = blocks("training-script", "python")

    first, second = run(sys.executable, "-c", script), run(sys.executable, "-c", script)

    assert first.stdout == "CLM-12/accuracy 91.5 % created\nCLM-12/handling-time 11.25 min created\n"
    assert second.stdout == "CLM-12/accuracy 91.5 % unchanged\nCLM-12/handling-time 11.25 min unchanged\n"
    assert stored() == [
        ("accuracy", Decimal("91.5"), "curated", 400, "training", "run-7", "api"),
        ("handling-time", Decimal("11.25"), "curated", 400, "training", "run-7", "api"),
    ]


def test_callback_sends_metrics_that_are_kpis_and_ends_no_run(run, tmp_path):
    callback, registered = blocks("mlflow-callback", "python")
    (tmp_path / "mlflow.py").write_text(textwrap.dedent(MLFLOW))
    training = """
for step, accuracy in enumerate([83, 88.25, float("nan")]):
    mlflow.log_metric("val_accuracy", accuracy, step=step)
    mlflow.log_metric("loss", 0.5, step=step)
headway.address = "http://127.0.0.1:9"
mlflow.log_metric("val_accuracy", 90.0, step=4)
print(len(mlflow.logged))
"""

    answer = run(sys.executable, "-c", f"{callback}\n{registered}\n{training}")

    assert answer.stdout == "7\n"
    told = answer.stderr.splitlines()
    assert [line.split(":")[0] for line in told] == [
        "Headway refused val_accuracy",
        "Headway was not reached",
    ]
    assert stored() == [
        ("accuracy", Decimal(83), "curated", None, "mlflow", "5f3a/0", "api"),
        ("accuracy", Decimal("88.25"), "curated", None, "mlflow", "5f3a/1", "api"),
    ]


SENT = [
    ("handling-time", Decimal("12.5"), "shadow", 380, datetime(2026, 10, 5, 12, tzinfo=UTC)),
    ("handling-time", Decimal("11.9"), "shadow", 395, datetime(2026, 10, 12, 12, tzinfo=UTC)),
    ("accuracy", Decimal(88), "shadow", 395, datetime(2026, 10, 12, 12, tzinfo=UTC)),
]


@pytest.mark.parametrize("entry", ["table", "file"])
def test_table_of_a_spreadsheet_is_saved_once_however_it_comes(client, contributor, pilot, entry):
    [table] = blocks("spreadsheet", "csv")
    client.force_login(contributor)
    page = "/pilots/CLM-12/kpis/readings/table/"

    def bring() -> str:
        sent = {"table": table} if entry == "table" else {"file": SimpleUploadedFile("a.csv", table.encode())}
        looked = client.post(page, {**sent, "look": "1"})
        form = looked.context["form"]
        seen = {name: form[name].value() for name in ("table", "origin", "seal")}
        client.post(page, {**seen, "save": "1"})
        return looked.context["preview"].sentence

    assert bring() == "3 new"
    assert bring() == "3 here already"

    rows = Measurement.objects.select_related("kpi").order_by("pk")
    assert [
        (row.kpi.code, row.value, row.provenance, row.sample_size, row.measured_at) for row in rows
    ] == SENT
    assert {row.entry for row in rows} == {entry}


def test_every_recipe_is_tried_and_found():
    tried = set(re.findall(r'blocks\("([a-z-]+)"', Path(__file__).read_text()))

    assert {path.stem for path in RECIPES.glob("*.md")} == tried
    listed = (DOCS.parent / "README.md").read_text()
    assert [path.name for path in RECIPES.glob("*.md") if f"docs/recipes/{path.name}" not in listed] == []
