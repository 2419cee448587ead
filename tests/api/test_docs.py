"""Runs every example of docs/api.md, in its order, and compares the answer with the one printed there."""

import json
import re
import shlex
from http import HTTPStatus
from pathlib import Path

import pytest
from django.conf import settings

from pilots.access.models import Program
from pilots.actions.account import create_token
from tests.api.conftest import Api, settle

PAGE = Path(settings.BASE_DIR) / "docs" / "api.md"
EXAMPLE = re.compile(r"```sh\n(?P<command>.*?)```\n\n```http\n(?P<answer>.*?)```", re.DOTALL)
ANYTHING = "…"


def examples():
    return [(match["command"], match["answer"]) for match in EXAMPLE.finditer(PAGE.read_text())]


def read_command(command: str) -> tuple[str, str, dict[str, str], bytes | None]:
    """Return method, path, headers and body of a curl command; fail for an option this does not know."""
    words = shlex.split(command.replace("\\\n", " "))
    assert words.pop(0) == "curl"
    method, path, headers, body = None, "", {}, None
    while words:
        word = words.pop(0)
        match word:
            case "-i":
                pass
            case "-X":
                method = words.pop(0)
            case "-H":
                name, _, value = words.pop(0).partition(": ")
                headers[name] = value  # "$AUTH" stays as it is: it has no colon
            case "--json":
                body = words.pop(0).encode()
            case _:
                assert word.startswith("$HEADWAY/"), word
                path = word.removeprefix("$HEADWAY/")
    return method or ("POST" if body else "GET"), path, headers, body


def read_answer(answer: str) -> tuple[int, dict[str, str], object]:
    head, _, body = answer.partition("\n\n")
    first, *lines = head.splitlines()
    status = int(first.split(" ")[1])
    assert first == f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"
    return status, dict(line.split(": ", 1) for line in lines), json.loads(body)


def holds(found, told) -> bool:
    """Return whether what was found holds what is told: objects in part, lists entry by entry."""
    if told == ANYTHING:
        return True
    if isinstance(told, dict):
        return isinstance(found, dict) and all(
            name in found and holds(found[name], value) for name, value in told.items()
        )
    if isinstance(told, list):
        is_as_long = isinstance(found, list) and len(found) == len(told)
        return is_as_long and all(holds(one, other) for one, other in zip(found, told, strict=True))
    return found == told


@pytest.mark.django_db(transaction=True)
def test_every_example_works_as_printed(program, manager, by_system):
    Program.objects.filter(pk=program.pk).update(last_number=11)
    _, secret = create_token(user=manager, name="nightly export", scopes={"read", "write"}, by=by_system)
    api = Api()

    assert len(examples()) == 34
    for command, answer in examples():
        method, path, headers, body = read_command(command)
        assert headers.pop("$AUTH", None) is not None, command
        status, told_headers, told = read_answer(answer)
        settle()

        found = api.send(
            method,
            path,
            **({"body": body} if body else {}),
            Authorization=f"Bearer {secret}",
            **{name.replace("-", "_"): value for name, value in headers.items()},
        )

        assert found.status_code == status, (command, found.content)
        assert holds(found.data, told), (command, found.data)
        for name, value in told_headers.items():
            if value.startswith(ANYTHING):
                assert found[name].endswith(value.removeprefix(ANYTHING)), command
            else:
                assert found[name] == value, command


def test_every_example_has_its_answer():
    page = PAGE.read_text()

    assert page.count("```sh\n") == page.count("```http\n") == len(examples())
