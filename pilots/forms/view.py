"""Forms about saved views of the list."""

from typing import Any

from django import forms
from django.db.models import Q

from pilots.access.models import Program, User
from pilots.actions.view import LONGEST_NAME
from pilots.forms.fields import Words


class ViewForm(forms.Form):
    """What a view is called, and with which program it is shared: one of those the person runs."""

    name = Words(
        label="Name",
        max_length=LONGEST_NAME,
        help_text="As it stands among the tabs, such as “Steering 19 Nov”",
        error_messages={"required": "Give the view a name."},
    )
    program = forms.ModelChoiceField(
        label="Shared with",
        queryset=Program.objects.none(),
        to_field_name="slug",
        required=False,
        empty_label="Nobody: only I see it",
        help_text="Everybody in the program gets the tab, and finds in it what they may see",
        error_messages={"invalid_choice": "You cannot share with this program. Choose one of the list."},
    )

    def __init__(self, *args: Any, reader: User, now: Program | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        run = Program.objects.run_by(reader).values("pk")
        programs = Program.objects.filter(Q(pk__in=run) | Q(pk=now.pk if now else None))
        field: Any = self.fields["program"]
        field.queryset = programs.order_by("name")
        if not programs.exists():
            del self.fields["program"]

    @property
    def shared_with(self) -> Program | None:
        found: Program | None = self.cleaned_data.get("program")
        return found
