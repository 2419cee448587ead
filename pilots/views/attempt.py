"""Does what a valid form asks for, and brings a refusal back into the form."""

from collections.abc import Callable

from django.forms import Form

from pilots.actions.by import Refused, Stale
from pilots.forms.change import ChangeForm
from pilots.web.refusals import WaysOut, add_refusal


def carried_out(form: Form, act: Callable[[], object], *, ways_out: WaysOut | None = None) -> bool:
    """Return whether it was done; if not, the reasons stand in the form.

    `ways_out` maps a reason's code to the words and the address of the page that puts it right, or several.
    """
    try:
        act()
    except Refused as refused:
        add_refusal(form, refused, ways_out=ways_out)
        return False
    except Stale as stale:
        if not isinstance(form, ChangeForm):
            raise
        form.renew(stale)
        return False
    return True
