"""The team set-up, checked without a Docker engine: schema, images, health, variables, order."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = {"migrate", "web", "worker", "beat"}
RUNS_ONCE = {"migrate"}
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def test_compose_file_follows_the_compose_specification():
    checked = subprocess.run(
        [
            sys.executable,
            "-m",
            "check_jsonschema",
            "--builtin-schema",
            "vendor.compose-spec",
            "docker-compose.yml",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_compose_file_has_the_services_of_the_team_set_up():
    assert set(SERVICES) == OURS | {"postgres", "redis", "mail"}


@pytest.mark.parametrize("name", sorted(set(SERVICES) - RUNS_ONCE))
def test_service_has_a_health_check(name):
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("image", [service["image"] for service in SERVICES.values()])
def test_image_is_pinned_to_a_release(image):
    assert re.fullmatch(r"[a-z/-]+:v?\d+\.\d+(\.\d+)?(-bookworm)?", image)


def test_base_images_are_pinned_to_one_python_the_product_supports():
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)

    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:3\.1[123]\.\d+-slim-bookworm", bases[0])


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_service_runs_with_as_few_rights_as_it_needs(name):
    service = SERVICES[name]

    assert service["cap_drop"] == ["ALL"]
    assert service["read_only"] is True
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "USER headway" in DOCKERFILE


@pytest.mark.parametrize("name", sorted(OURS - RUNS_ONCE))
def test_our_service_waits_for_the_migrations(name):
    assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert SERVICES["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_what_a_service_waits_for_can_be_waited_for(name):
    for other, how in SERVICES[name].get("depends_on", {}).items():
        if how["condition"] == "service_healthy":
            assert "healthcheck" in SERVICES[other]
        else:
            assert other in RUNS_ONCE


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_ports_are_open_to_this_machine_only_unless_told(name):
    for port in SERVICES[name].get("ports", []):
        assert port.startswith(("127.0.0.1:", "${HOST:-127.0.0.1}:"))


def test_named_volumes_are_declared():
    used = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}

    assert used == set(COMPOSE["volumes"])


def test_password_has_no_default():
    passwords = re.findall(r"\$\{POSTGRES_PASSWORD(.)", (ROOT / "docker-compose.yml").read_text())

    assert passwords == [":", ":"]
    assert "${POSTGRES_PASSWORD:-" not in (ROOT / "docker-compose.yml").read_text()


def test_settings_accept_what_the_containers_get(tmp_path):
    """With .env holding nothing but the password, as the file's own heading promises."""
    given = {
        name: re.sub(r"\$\{[A-Z_]+:-((?:[^{}]|\{[^{}]*\})*)\}", r"\1", str(value))
        for name, value in COMPOSE["x-headway"]["environment"].items()
    }
    given["SITE_URL"] = given["SITE_URL"].replace("${PORT:-8000}", "8000")
    given["DATABASE_URL"] = re.sub(r"\$\{[^}]*\}", "secret", given["DATABASE_URL"])
    code = """
from portfolio import settings as s
print(s.SITE_URL, s.EMAIL_HOST, s.EMAIL_PORT, s.DATABASES["default"]["HOST"], s.CELERY_BROKER_URL)
print(s.CACHES["default"]["LOCATION"], s.ALLOWED_HOSTS[0], s.DEBUG, s.SECURE_PROXY_SSL_HEADER)
"""

    asked = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=given | {"ENV_FILE": "/dev/null", "DATA_DIR": str(tmp_path), "STATIC_IS_COLLECTED": "true"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert asked.stderr == ""
    assert asked.stdout.split() == [
        "http://headway.localhost:8000",
        "mail",
        "1025",
        "postgres",
        "redis://redis:6379/0",
        "redis://redis:6379/1",
        "headway.localhost",
        "False",
        "None",
    ]


def test_image_holds_what_the_product_needs_and_nothing_else():
    ignored = (ROOT / ".dockerignore").read_text().split("\n")
    let_in = {line.removeprefix("!") for line in ignored if line.startswith("!")}

    assert "*" in ignored
    assert let_in == {
        "kpis",
        "pilots",
        "portfolio",
        "static",
        "templates",
        "manage.py",
        "pyproject.toml",
        "requirements.txt",
    }
    assert all((ROOT / name).exists() for name in let_in)
