"""Keeps questions about the list of pilots under a name: one's own, or shared with a program.

A view is a question. Whoever opens a shared one is answered with what they may see.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction

from pilots.access.models import Event, Program, User
from pilots.access.permissions import Deed, relation_to_program
from pilots.actions.by import By, Forbidden, Reason, Refused
from pilots.actions.change import refuse_unstorable, require
from pilots.actions.event import event
from pilots.models import SavedView

LONGEST_NAME, LONGEST_QUERY = 60, 2000
MOST_VIEWS = 50
EDITABLE = ("name", "query", "program", "position")
TAKEN = "You have a view of this name already. Give this one another."


@dataclass(frozen=True, kw_only=True)
class NewView:
    """A view to keep; shared with the program where there is one. `query` is that of the list's address."""

    name: str
    query: str
    program: Program | None = None


@dataclass(frozen=True, kw_only=True)
class ViewEdit:
    """New values for some of `EDITABLE`; a program of None keeps the view to its owner."""

    view: SavedView
    fields: Mapping[str, Any] = dataclasses.field(default_factory=dict)


def save_view(new: NewView, *, by: By) -> SavedView:
    """Keep a view for the person who asks. Raises `Forbidden` where they may not share with the program."""
    if by.user is None:
        raise Forbidden("A view belongs to a person.")
    with _named_once():
        User.objects.select_for_update(no_key=True).get(pk=by.user.pk)
        theirs = SavedView.objects.filter(owner=by.user)
        row = SavedView(owner=by.user, position=theirs.count())
        _set(row, {"name": new.name, "query": new.query, "program": new.program}, by=by)
        if row.position >= MOST_VIEWS:
            sentence = f"You have {MOST_VIEWS} views, the most there can be. Remove one first."
            raise Refused.because(sentence, code="too-many")
        row.save()
        _tell("view.saved", row, by=by, program=row.program, after=_state(row))
    return row


def edit_view(edit: ViewEdit, *, by: By) -> SavedView:
    """Write the named parts of one's own view.

    Raises `SavedView.DoesNotExist` for one the person is not shown, `Forbidden` for another's.
    """
    unknown = set(edit.fields) - set(EDITABLE)
    if unknown:
        raise ValueError(f"Not editable: {', '.join(sorted(unknown))}.")
    with _named_once():
        row = _lock(edit.view, by=by)
        if row.owner != by.user:
            raise Forbidden(f"You may not change this view: {row.owner}, who saved it, can.")
        before, program = _state(row), row.program
        _set(row, edit.fields, by=by)
        after = _state(row)
        if before != after:
            row.save()
            _tell_edit(row, program, before, after, by=by)
    return row


def remove_view(view: SavedView, *, by: By) -> None:
    """Remove one's own view, or one shared with a program one manages."""
    with transaction.atomic():
        row = _lock(view, by=by)
        if row.owner != by.user:
            _require_sharing(row.program, by=by)
        _tell("view.removed", row, by=by, program=row.program, before=_state(row))
        row.delete()


def _lock(view: SavedView, *, by: By) -> SavedView:
    if by.user is None:
        raise Forbidden("A view belongs to a person.")
    visible = SavedView.objects.visible_to(by.user).filter(pk=view.pk).values("pk")
    rows = SavedView.objects.filter(pk__in=visible).select_related("owner", "program")
    return rows.select_for_update(of=("self",)).get()


def _set(row: SavedView, fields: Mapping[str, Any], *, by: By) -> None:
    name, query = " ".join(str(fields.get("name", row.name)).split()), str(fields.get("query", row.query))
    refuse_unstorable({"name": name, "query": query})
    reasons = []
    if not name:
        reasons.append(Reason("Give the view a name.", "name", "required"))
    elif len(name) > LONGEST_NAME:
        sentence = f"Write at most {LONGEST_NAME} characters; these are {len(name)}."
        reasons.append(Reason(sentence, "name", "length"))
    elif SavedView.objects.filter(owner=row.owner, name=name).exclude(pk=row.pk).exists():
        reasons.append(Reason(TAKEN, "name", "repeated"))
    if len(query) > LONGEST_QUERY:
        reasons.append(Reason("This asks too much for one view. Leave some filters out.", "query", "length"))
    if reasons:
        raise Refused(reasons)
    row.name, row.query = name, query
    row.position = fields.get("position", row.position)
    if "program" in fields and fields["program"] != row.program:
        if fields["program"] is not None:
            _require_sharing(fields["program"], by=by)
        row.program, row.is_shared = fields["program"], fields["program"] is not None


def _require_sharing(program: Program | None, *, by: By) -> None:
    """Ask whether the person may put a view before everybody in a program: its managers may."""
    if program is None or not Program.objects.visible_to(by.user).filter(pk=program.pk).exists():
        raise Program.DoesNotExist("A program is gone, or not visible to the person who asked.")
    require(Deed.CONFIGURE, relation_to_program(by.user, program))


@contextmanager
def _named_once() -> Iterator[None]:
    """Open the transaction; say of a name taken in the same moment what is said of one taken before."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "view_name_once" in str(error) or "pilots_savedview.name" in str(error):
            raise Refused.because(TAKEN, field="name", code="repeated") from error
        raise


def _state(row: SavedView) -> dict[str, Any]:
    return {
        "name": row.name,
        "query": row.query,
        "shared_with": row.program.slug if row.program else "",
        "position": row.position,
    }


def _tell_edit(
    row: SavedView, was: Program | None, before: dict[str, Any], after: dict[str, Any], *, by: By
) -> None:
    """Note what changed of a view; a program reads of the time in which it was shared with it, no more."""
    if was == row.program:
        changed = sorted(name for name in after if before[name] != after[name])
        old, new = ({name: state[name] for name in changed} for state in (before, after))
        _tell("view.edited", row, by=by, program=was, before=old, after=new)
        return
    if was is not None:
        shared = {"shared_with": was.slug}
        told = event("view.edited", by=by, program=was, subject=before["name"], before=shared)
        Event.objects.bulk_create([told])
    if row.program is not None:
        _tell("view.edited", row, by=by, program=row.program, after=after)


def _tell(
    verb: str,
    row: SavedView,
    *,
    by: By,
    program: Program | None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Note what happened to a view; of one that nobody else is shown, neither its name nor its question."""
    if program is None:
        told = event(verb, by=by)
    else:
        told = event(verb, by=by, program=program, subject=row.name, before=before, after=after)
    Event.objects.bulk_create([told])
