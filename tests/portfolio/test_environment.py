"""Every variable is documented, and a wrong value is refused in a sentence that names it."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml
from django.core.exceptions import ImproperlyConfigured

from portfolio import environment

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = (ROOT / ".env.example").read_text()
READERS = "address|database|folder|mail|names|number|redis|secret|switch|text"
# Variables that .env cannot set, each with its reason.
NOT_IN_FILE = {
    "ENV_FILE": "says where the file is",
    "HEADWAY_FAILPOINT": "ends a worker where a fault test wants it ended; never set otherwise",
    "HEADWAY_FAILPOINT_AT": "goes with it",
    "HEADWAY_PASSWORD": "told to create_admin once; a password does not belong in a file",
}


def variables_read() -> set[str]:
    code = "".join(
        path.read_text() for app in ("portfolio", "kpis", "pilots") for path in (ROOT / app).rglob("*.py")
    )
    by_readers = set(re.findall(rf"environment\.(?:{READERS})\(\s*\"([A-Z_]+)\"", code))
    return by_readers | (
        set(re.findall(r"os\.environ(?:\.get\(|\[)\"([A-Z_]+)\"", code)) - {"DJANGO_SETTINGS_MODULE"}
    )


def variables_in_compose() -> set[str]:
    return set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))


def variables_in_example() -> set[str]:
    return set(re.findall(r"^#?([A-Z_]+)=", EXAMPLE, re.MULTILINE))


def test_example_holds_every_variable_and_no_other():
    assert variables_in_example() == (variables_read() | variables_in_compose()) - set(NOT_IN_FILE)


def test_variables_outside_the_example_are_still_read():
    assert set(NOT_IN_FILE) <= variables_read()


def test_every_variable_in_the_example_has_a_comment_above():
    blocks = [block.splitlines() for block in EXAMPLE.split("\n\n")]
    for lines in blocks:
        settings = [line for line in lines if re.match(r"#?[A-Z_]+=", line)]
        assert not settings or lines[0].startswith("# "), settings


def test_every_variable_the_containers_get_is_one_the_product_reads():
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())

    assert set(compose["x-headway"]["environment"]) <= variables_read()


@pytest.mark.parametrize(
    ("read", "value", "sentence"),
    [
        pytest.param(
            lambda name: environment.switch(name, default=False),
            "ture",
            "THING is 'ture'. Write true or false.",
            id="switch",
        ),
        pytest.param(
            lambda name: environment.number(name, default=1, least=1, most=9),
            "10",
            "THING is '10'. Write a whole number from 1 to 9.",
            id="number-too-large",
        ),
        pytest.param(
            lambda name: environment.number(name, default=1),
            "٣",
            "THING is '٣'. Write a whole number from 0 to 1000000.",
            id="number-in-other-digits",
        ),
        pytest.param(
            lambda name: environment.text(name, default=""),
            "a\nb",
            "THING holds a line break or another control character. Write one line of text.",
            id="text-of-two-lines",
        ),
        *(
            pytest.param(
                lambda name: environment.address(name, default=""),
                value,
                f"THING is '{value}'. Write scheme and host, such as https://headway.example.",
                id=f"address-{value}",
            )
            for value in (
                "headway.example",
                "https://",
                "https://a.example/path",
                "https://a.example:port",
                "ftp://a",
            )
        ),
        *(
            pytest.param(
                lambda name: environment.database(name, default=Path("x")),
                value,
                "THING is not a database address. Write sqlite:////path/to/file or postgres://user@host/name.",
                id=f"database-{value}",
            )
            for value in ("mysql://user:secret@host/name", "nonsense", "postgres://host:port/name")
        ),
        pytest.param(
            environment.redis,
            "http://host",
            "THING is not an address of Redis. Write redis://host:6379/0.",
            id="redis",
        ),
        *(
            pytest.param(
                environment.mail,
                value,
                "THING is not the address of a mail server. Write smtp+tls://user:password@host:587.",
                id=f"mail-{value}",
            )
            for value in ("mail.example.com", "filemail:///tmp", "smtp://", "smtp://host:port")
        ),
    ],
)
def test_wrong_value_is_refused_in_a_sentence(monkeypatch, read, value, sentence):
    monkeypatch.setenv("THING", value)

    with pytest.raises(ImproperlyConfigured) as refusal:
        read("THING")

    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        pytest.param(
            lambda name: environment.switch(name, default=True), "", True, id="empty-switch-is-the-default"
        ),
        pytest.param(lambda name: environment.switch(name, default=True), "No", False, id="switch"),
        pytest.param(
            lambda name: environment.number(name, default=7), "", 7, id="empty-number-is-the-default"
        ),
        pytest.param(
            lambda name: environment.address(name, default=""),
            "https://headway.example/",
            "https://headway.example",
            id="address-without-slash",
        ),
        pytest.param(
            lambda name: environment.names(name, default=[]),
            "a.example, b.example,",
            ["a.example", "b.example"],
        ),
        pytest.param(environment.redis, "rediss://host:6380/1", "rediss://host:6380/1", id="redis"),
        pytest.param(environment.mail, "", {}, id="no-mail"),
    ],
)
def test_right_value_is_read(monkeypatch, read, value, expected):
    monkeypatch.setenv("THING", value)

    assert read("THING") == expected


@pytest.mark.parametrize(
    ("value", "port", "tls", "ssl"),
    [
        ("smtp://mail.example", 25, None, None),
        ("smtp+tls://user:secret@mail.example", 587, True, None),
        ("smtp+ssl://user:secret@mail.example:4465", 4465, None, True),
    ],
)
def test_mail_address_becomes_djangos_settings(monkeypatch, value, port, tls, ssl):
    monkeypatch.setenv("THING", value)

    read = environment.mail("THING")

    assert read["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend"
    assert (read["EMAIL_HOST"], read["EMAIL_PORT"]) == ("mail.example", port)
    assert (read.get("EMAIL_USE_TLS"), read.get("EMAIL_USE_SSL")) == (tls, ssl)


def test_database_without_an_address_is_the_given_file(monkeypatch, tmp_path):
    monkeypatch.delenv("THING", raising=False)

    read = environment.database("THING", default=tmp_path / "what? #1.sqlite3")

    assert read == {"ENGINE": "django.db.backends.sqlite3", "NAME": tmp_path / "what? #1.sqlite3"}


def test_secret_is_made_once_and_kept_to_its_owner(monkeypatch, tmp_path):
    monkeypatch.delenv("THING", raising=False)
    file = tmp_path / "secret_key"

    made = environment.secret("THING", kept_in=file)

    assert len(made) > 50
    assert environment.secret("THING", kept_in=file) == made
    assert file.stat().st_mode & 0o777 == 0o600


def test_secret_from_an_emptied_file_is_refused(monkeypatch, tmp_path):
    monkeypatch.delenv("THING", raising=False)
    file = tmp_path / "secret_key"
    file.touch()

    with pytest.raises(ImproperlyConfigured, match="does not hold a signing key"):
        environment.secret("THING", kept_in=file)


def test_secret_is_the_same_for_processes_that_start_at_once(monkeypatch, tmp_path):
    monkeypatch.delenv("THING", raising=False)
    together = threading.Barrier(8)

    def start(_number: int) -> str:
        together.wait()
        return environment.secret("THING", kept_in=tmp_path / "secret_key")

    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(start, range(8)))

    assert len(secrets) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_new_folder_is_its_owners_alone(monkeypatch, tmp_path):
    monkeypatch.setenv("THING", str(tmp_path / "data"))

    folder = environment.folder("THING", default=tmp_path)

    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("place", ["/proc/headway", "{tmp}/file/data"])
def test_folder_that_cannot_be_made_is_refused(monkeypatch, tmp_path, place):
    (tmp_path / "file").touch()
    monkeypatch.setenv("THING", place.format(tmp=tmp_path))

    with pytest.raises(ImproperlyConfigured, match=r"^THING is .*, which cannot be made: .*\.$"):
        environment.folder("THING", default=tmp_path)


def test_variable_wins_over_the_file(monkeypatch, tmp_path):
    file = tmp_path / "env"
    file.write_text("THING=file\nOTHER_THING=file\n")
    monkeypatch.setenv("ENV_FILE", str(file))
    monkeypatch.setenv("THING", "shell")
    monkeypatch.setenv("OTHER_THING", "")
    monkeypatch.delenv("OTHER_THING")

    environment.read_file()

    assert environment.text("THING", default="") == "shell"
    assert environment.text("OTHER_THING", default="") == "file"
