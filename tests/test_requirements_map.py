"""docs/requirements-map.md names every requirement, and nothing that is not there."""

import ast
import re
from collections import Counter
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from pilots.playbook import PLAYBOOK
from pilots.rules import RULES

ROOT = Path(__file__).parent.parent
MAP = ROOT / "docs/requirements-map.md"
HOW_MANY = {"S0": 27, "S1": 28, "S2": 28, "S3": 27, "S4": 28}
STATES = {"here", "partly", "not yet"}
OPEN_ISSUES: tuple[str, ...] = ()
TICKED = re.compile(r"`([^`]+)`")


def read_rows(text):
    """Return the cells of each row of the table: row, asks, state, how, where, test."""
    lines = [line for line in text.splitlines() if re.match(r"\| S\d-\d+ ", line)]
    return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]


def addresses():
    """Return the addresses of the site with their parts as `<name>`."""

    def walk(patterns, prefix=""):
        for entry in patterns:
            route = prefix + str(entry.pattern)
            if isinstance(entry, URLResolver):
                yield from walk(entry.url_patterns, route)
            elif isinstance(entry, URLPattern):
                yield route

    found = set()
    for route in walk(get_resolver().url_patterns):
        plain = re.sub(r"\(\?P<(\w+)>(?:\[[^\]]*\](?:\{[^}]*\})?|[^()\[\]])*\)", r"<\1>", route)
        plain = re.sub(r"<\w+:(\w+)>", r"<\1>", plain)
        found.add("/" + plain.replace("^", "").replace("$", ""))
    return found


@cache
def functions_of(path):
    """Return the names of the test functions of a file, nothing where there is no such file."""
    file = ROOT / path
    if not file.is_file():
        return frozenset()
    return frozenset(node.name for node in ast.walk(ast.parse(file.read_text())) if hasattr(node, "name"))


def is_there(reference, known_addresses):
    """Return whether what a row names exists."""
    if reference.startswith("/"):
        return reference in known_addresses
    if reference.startswith("playbook:"):
        return reference.removeprefix("playbook:") in PLAYBOOK
    if reference.startswith("R-"):
        return any(reference in {rule.code, rule.key} for rule in RULES)
    module, _, name = reference.rpartition(".")
    try:
        return hasattr(import_module(module), name)
    except (ImportError, ValueError):
        return False


def faults(text):
    """Return everything the map says that is not so, one sentence each."""
    rows, known = read_rows(text), addresses()
    expected = [f"{seed}-{number}" for seed, count in HOW_MANY.items() for number in range(1, count + 1)]
    found = [f"The row {row} is missing." for row in expected if row not in {cells[0] for cells in rows}]
    counted = Counter(cells[0] for cells in rows)
    found += [f"{row} stands there {count} times." for row, count in counted.items() if count > 1]
    found += [f"{cells[0]} is no requirement." for cells in rows if cells[0] not in expected]
    for row, asks, state, how, where, test in rows:
        named, tested = TICKED.findall(where), TICKED.findall(test)
        found += [f"{row} names {name}, which does not exist." for name in named if not is_there(name, known)]
        for name in tested:
            path, _, function = name.partition("::")
            if function not in functions_of(path):
                found.append(f"{row} names the test {name}, which does not exist.")
        if state not in STATES or not asks or not how:
            found.append(f"{row} lacks a state, or what it asks for, or how.")
        if state != "not yet" and not (named and tested):
            found.append(f"{row} is {state}, and names no place or no test.")
        issues = re.findall(r"\b[Ii]ssue (\d+)", how)
        if state != "here" and not issues and "no issue yet" not in how:
            found.append(f"{row} is {state}, and no issue that brings the rest is named.")
        found += [f"{row} waits for issue {it}, which is closed." for it in issues if it not in OPEN_ISSUES]
    return found


def test_every_requirement_stands_in_the_map_and_points_at_what_is_there():
    found = faults(MAP.read_text())

    assert found == [], "\n".join(found)
    assert len(read_rows(MAP.read_text())) == 138


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("| S0-18 |", "| S9-99 |", "The row S0-18 is missing."),
        ("`R-01`", "`R-99`", "S0-1 names R-99, which does not exist."),
        ("`/stalled/`", "`/stuck/`", "S0-1 names /stuck/, which does not exist."),
        ("`pilots.models.Evidence`", "`pilots.models.Proof`", "S4-4 names pilots.models.Proof, which"),
        (
            "`playbook:serving-pattern`",
            "`playbook:style`",
            "S0-6 names playbook:style, which",
        ),
        ("::test_rule_hits_from_its_limit_on`", "::test_gone`", "S0-1 names the test tests/pilots/rules"),
        ("Effort and nights are kept nowhere: no issue yet", "Later", "S4-24 is not yet, and no issue"),
        ("(no issue yet)", "(issue 6)", "S0-7 waits for issue 6, which is closed."),
        ("| here |", "| soon |", "lacks a state"),
    ],
)
def test_a_row_that_points_at_nothing_is_told(old, new, fault):
    """The control."""
    words, table = MAP.read_text().split("| S0-1 ", 1)
    found = faults(words + ("| S0-1 " + table).replace(old, new, 1))

    assert any(fault in sentence for sentence in found), found
