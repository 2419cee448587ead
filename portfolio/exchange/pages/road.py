"""The way of a file through the pages: which step is done, which is open, which comes later."""

from dataclasses import dataclass

from django.urls import reverse

from portfolio.exchange.models import Import, Step

FILE, COLUMNS, VALUES, PREVIEW, DONE = "file", "columns", "values", "preview", "done"
SHEET = "sheet"  # a page of the step Columns
LABELS = {FILE: "File", COLUMNS: "Columns", VALUES: "Values", PREVIEW: "Preview", DONE: "Done"}
PLACES = (*LABELS, SHEET)
OVER = frozenset({Step.APPLIED, Step.UNDONE, Step.DROPPED})


@dataclass(frozen=True)
class Stage:
    """One step above the page. `state` is done, now or later; `url` is "" where nobody can go."""

    place: str
    label: str
    state: str
    url: str = ""


def url_of(import_: Import, place: str) -> str:
    return reverse(f"exchange:import_{place}", args=[import_.pk])


def road(import_: Import | None, here: str) -> list[Stage]:
    """Return the five steps; before there is an import only the first is there."""
    current = COLUMNS if here == SHEET else here
    order = list(LABELS)
    at = order.index(current)
    stages = []
    for place, label in LABELS.items():
        state = "now" if place == current else "done" if order.index(place) < at else "later"
        url = url_of(import_, place) if import_ and place != here and _is_link(import_, place) else ""
        stages.append(Stage(place, label, state, url))
    return stages


def _is_link(import_: Import, place: str) -> bool:
    """Whether the steps lead to a place: to the preview only once one was made."""
    return place in reachable(import_) and (place != PREVIEW or bool(import_.summary or import_.wanted))


def reachable(import_: Import) -> frozenset[str]:
    """Return the places an import can be sent to as far as it came."""
    if import_.at_step in OVER:
        return frozenset({DONE})
    if "pilot" not in import_.mapping:  # only guessed at so far
        return frozenset({FILE, SHEET, COLUMNS})
    return frozenset({FILE, SHEET, COLUMNS, VALUES, PREVIEW})


def standing(import_: Import) -> str:
    """Return the place where an import waits for its person."""
    if import_.at_step in OVER:
        return DONE
    if import_.wanted or import_.at_step is Step.PREVIEWED:
        return PREVIEW
    return COLUMNS
