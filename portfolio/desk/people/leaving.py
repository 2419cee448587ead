"""Asks who takes over from somebody who goes; one page for contacts and for accounts."""

from dataclasses import dataclass

from django import forms
from django.template.response import TemplateResponse

from pilots.access.permissions import OwnerRole
from pilots.actions.deactivate import MILESTONES, Heirs, beyond_in_words
from pilots.actions.holdings import Held
from pilots.forms.fields import Words
from pilots.forms.owner import WhoField
from pilots.web.head import ROLE_WORDS
from pilots.web.http import UserRequest

MOST_SHOWN = 12


@dataclass(frozen=True)
class HeldPart:
    """One kind of thing they hold: its name, how many, and the first of them as words and addresses."""

    title: str
    count: int
    shown: list[tuple[str, str]]

    @property
    def more(self) -> int:
        return self.count - len(self.shown)


class LeavingForm(forms.Form):
    """One successor for all, or another for a role; or nobody, but then it is said."""

    everything = WhoField(
        label="Who takes over",
        required=False,
        help_text="Name or e-mail. Not mailed; it counts once they agree",
    )
    leave = forms.BooleanField(label="Nobody takes over what has no name here: it ends today", required=False)
    reason = Words(label="Why, if you like", required=False, max_length=500)
    leave_beyond = forms.BooleanField(required=False)

    def ask_for(self, held: Held) -> None:
        """Ask about what they hold, and nothing else."""
        titles = {role: (ROLE_WORDS[OwnerRole(role)], len(rows)) for role, rows in held.by_role.items()}
        if held.milestones:
            titles[MILESTONES] = ("Open milestones", len(held.milestones))
        if not (titles or held.decisions):
            del self.fields["everything"]
        if not titles:
            del self.fields["leave"]
        self.parts = list(titles) if len(titles) > 1 else []
        for code in self.parts:
            self._ask(code, *titles[code])
        if held.beyond:
            count = held.beyond
            what = "1 thing" if count == 1 else f"{count:,} things"
            label = f"Leave {what} in programs I do not manage as they are"
            self.fields["leave_beyond"].label = label
        else:
            del self.fields["leave_beyond"]
        self.order_fields(["everything", *self.parts, "leave", "leave_beyond", "reason"])

    def _ask(self, code: str, title: str, count: int) -> None:
        label = f"{title}, {count:,}"
        self.fields[code] = WhoField(label=label, required=False, help_text="Only where it is somebody else")

    @property
    def heirs(self) -> Heirs:
        given = self.cleaned_data
        by_role = {code: given[code] for code in self.parts if given[code] is not None}
        return Heirs(by_role=by_role, everything=given.get("everything"), leave=given.get("leave", False))


def leaving_page(
    request: UserRequest, form: LeavingForm, held: Held, *, who: str, back: str, closes: bool
) -> TemplateResponse:
    """Show exactly what somebody holds, and the form; `closes`: an account is closed with it."""
    context = {
        "form": form,
        "held": held,
        "parts": parts_of(held),
        "who": who,
        "back": back,
        "closes": closes,
        "beyond": beyond_in_words(held.beyond) if held.beyond else "",
    }
    return TemplateResponse(request, "people/leaving.html", context)


def parts_of(held: Held) -> list[HeldPart]:
    """Return what is held, by kind, the longest lists cut short."""
    parts: list[HeldPart] = []
    for role, rows in held.by_role.items():
        shown = [(f"{row.pilot.key} {row.pilot.name}", row.pilot.get_absolute_url()) for row in rows]
        parts.append(HeldPart(ROLE_WORDS[OwnerRole(role)], len(rows), shown[:MOST_SHOWN]))
    if held.deputy:
        shown = [(f"{row.pilot.key} {row.pilot.name}", row.pilot.get_absolute_url()) for row in held.deputy]
        parts.append(HeldPart("Stands in; this ends", len(held.deputy), shown[:MOST_SHOWN]))
    if held.milestones:
        shown = [(f"{row.title}, {row.pilot.key}", row.pilot.get_absolute_url()) for row in held.milestones]
        parts.append(HeldPart("Open milestones", len(held.milestones), shown[:MOST_SHOWN]))
    if held.decisions:
        shown = [(row.question, f"/decisions/{row.pk}/") for row in held.decisions]
        title = "Asked to decide; goes to the managers unless who takes over can sign in"
        parts.append(HeldPart(title, len(held.decisions), shown[:MOST_SHOWN]))
    return parts
