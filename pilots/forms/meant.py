"""Whom a typed name means: known contacts are offered, and one that may be meant is asked about."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from pilots.access.models import User
from pilots.actions.owner import Contact
from pilots.models import Owner
from pilots.models.ownership import OwnerQuerySet

MEANT, NEW = "meant", "new"
MOST_NAMES, MOST_MEANT, SHORTEST = 300, 5, 2


class NamesInput(forms.TextInput):
    """A line that offers names while somebody types; any other text is as good."""

    names: Sequence[str] = ()

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        offered = f"{name}-names"
        line = super().render(name, value, {**(attrs or {}), "list": offered}, renderer)
        options = format_html_join("", '<option value="{}"></option>', [(each,) for each in self.names])
        return format_html('{}<datalist id="{}">{}</datalist>', line, offered, options)


def contacts_for(reader: User, programs: Sequence[Any]) -> OwnerQuerySet:
    """Return the contacts of these programs that a person may know of."""
    known = Owner.objects.visible_to(reader).filter(program__in=programs, is_active=True)
    return known.with_address_for(reader).order_by("name", "pk")


def offer_names(form: forms.Form, contacts: OwnerQuerySet, *, field: str = "owner") -> None:
    """Let a field offer these contacts; one query."""
    asked = form.fields[field]
    widget = NamesInput(attrs=asked.widget.attrs)
    widget.is_required = asked.required
    rows = contacts[:MOST_NAMES]
    widget.names = list(dict.fromkeys(_written(row.name, getattr(row, "address", "")) for row in rows))
    asked.widget = widget


def is_settled(form: forms.Form, contacts: OwnerQuerySet, *, field: str = "owner") -> bool:
    """Return whether it is clear whom a valid form means; else it asks, with a new person as one answer.

    A bare name that is a part of names known here may be one of them. Who was chosen stands in the
    form instead of what was typed.
    """
    typed: Contact | None = form.cleaned_data.get(field)
    if typed is None or typed.email or len(typed.name) < SHORTEST:
        return True
    part = typed.name.casefold()
    rows = [row for row in contacts if part in row.name.casefold()]
    if not rows or any(row.name.casefold() == part for row in rows):
        return True
    offered = {str(row.pk): row for row in rows[:MOST_MEANT]}
    form.fields[MEANT] = forms.ChoiceField(
        label=f"Who is “{typed.name}”?",
        required=False,
        widget=forms.RadioSelect,
        choices=[
            *((key, _written(row.name, getattr(row, "address", ""))) for key, row in offered.items()),
            (NEW, f"A new person, {typed.name}"),
        ],
    )
    said = form.cleaned_data[MEANT] = form.data.get(MEANT, "")
    if said in offered:
        row = offered[said]
        form.cleaned_data[field] = Contact(name=row.name, email=row.email)
    elif said != NEW:
        form.add_error(MEANT, _sentence(list(offered.values())))
        return False
    return True


def _sentence(rows: list[Owner]) -> str:
    if len(rows) == 1:
        return f"{rows[0].name} is a contact here: do you mean them?"
    names = ", ".join(row.name for row in rows[:-1])
    return f"{names} and {rows[-1].name} are contacts here: do you mean one of them?"


def _written(name: str, address: str) -> str:
    return f"{name} <{address}>" if address else name
