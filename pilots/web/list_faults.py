"""What is not understood in the address of a list of pilots, in sentences."""

from collections.abc import Collection

from django.http import QueryDict

from pilots.web.list_columns import PARAMETER, known_columns, wanted_columns
from pilots.web.pilot_filters import PilotFilterSet
from pilots.web.pilot_order import check_ordering

# Parameters beside the filters.
BESIDE = ("ordering", "page", PARAMETER, "view")


class ListFilterSet(PilotFilterSet):
    """The filters of the list, with those its form offers for the fields of the program that is chosen."""

    offers_fields = True


def faults(asked: QueryDict, filters: ListFilterSet) -> list[tuple[str, str]]:
    """Return each parameter that cannot be read and why; whether its page is there is asked of the list."""
    known = {*filters.filters, *BESIDE}
    found = [(name, f"This list has no filter “{name[:40]}”.") for name in asked if name not in known]
    found += [
        (name, f"“{name}” stands in the address more than once. Leave one of them.")
        for name, values in asked.lists()
        if name in known and len(values) > 1
    ]
    for name, errors in filters.form.errors.items():
        label = filters.form.fields[name].label
        found += [(name, f"{label}: {error}") for error in errors]
    ordering = asked.get("ordering", "")
    if ordering and (fault := check_ordering(ordering, filters.known_fields)):
        found.append(("ordering", fault))
    if fault := wanted_columns(asked.get(PARAMETER, ""), known_columns(filters.known_fields))[1]:
        found.append((PARAMETER, fault))
    if (view := asked.get("view", "")) and not (view.isascii() and view.isdigit() and len(view) < 19):
        found.append(("view", f"“{view[:40]}” names no view."))
    return found


def without_blanks(query: QueryDict, besides: Collection[str]) -> QueryDict:
    """Return what is asked without what was left empty, and the columns of a menu as one parameter."""
    kept = QueryDict(mutable=True)
    for name, values in query.lists():
        filled = [value for value in values if value != ""]
        if name == PARAMETER and len(filled) > 1:  # as the menu sends them
            filled = [",".join(filled)]
        if filled and name not in besides:
            kept.setlist(name, filled)
    return kept
