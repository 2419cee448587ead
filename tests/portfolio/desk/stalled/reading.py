"""What the tests of the page of what is stuck read off it."""

from datetime import timedelta

from tests.conftest import NOW

PAGE = "/stalled/"
TOMORROW = NOW + timedelta(days=1)


def names(response) -> list[str]:
    return [row.pilot.name for row in response.context["page"].rows]


def groups(response) -> list[tuple[str, int, list[str]]]:
    return [
        (group.title, group.sum.count, [row.pilot.name for row in group.rows])
        for group in response.context["page"].groups
    ]


def states(response) -> dict[str, int]:
    return {state.words: state.count for state in response.context["page"].states}
