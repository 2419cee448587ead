"""Forms about what a program asks of its pilots."""

from typing import Any

from django import forms

from pilots.access.roles import OwnerRole
from pilots.actions.playbook import APPROVERS, LONGEST
from pilots.forms.fields import LongWords, Words
from pilots.models import Approving
from pilots.playbook import EvidenceKind, Gate, PhaseCode
from pilots.web.playbook import PHASE_WORDS, Asked, GateAsked

_COUNTING = [kind for kind in EvidenceKind if kind is not EvidenceKind.DEMO]
_NO_SUCH = {"invalid_choice": "There is no such choice. Take one of the list."}


class _Several(forms.MultipleChoiceField):
    """Some of a list; gives members of the enumeration it is about."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, *, coerce: Any, **options: Any) -> None:
        self.coerce = coerce
        super().__init__(required=False, error_messages=_NO_SUCH, **options)

    def clean(self, value: Any) -> Any:
        return frozenset(self.coerce(item) for item in super().clean(value))


class _One(forms.TypedChoiceField):
    """One of a list or none; gives a member of the enumeration, or None."""

    def __init__(self, *, nothing: str, choices: Any, **options: Any) -> None:
        super().__init__(
            choices=[("", nothing), *choices],
            required=False,
            empty_value=None,
            error_messages=_NO_SUCH,
            **options,
        )


class RequirementForm(forms.Form):
    """The words of a requirement; for one of the program's own also when it matters and what shows it."""

    title = Words(
        label="What has to be there",
        max_length=LONGEST["title"],
        error_messages={"required": "Say in a few words what has to be there."},
    )
    gate = _One(
        label="Before which gate",
        nothing="No gate",
        choices=[(gate.value, f"{gate.value} {gate.label}") for gate in Gate],
        coerce=Gate,
    )
    phase = _One(
        label="In which phase of the plan",
        nothing="No phase",
        choices=[(code.value, words) for code, words in PHASE_WORDS.items()],
        coerce=PhaseCode,
    )
    kinds = _Several(
        label="What shows it",
        choices=[(kind.value, kind.label) for kind in _COUNTING],
        coerce=EvidenceKind,
        help_text="A demo never counts",
    )
    missing = LongWords(label="What a refusal says", required=False, max_length=LONGEST["missing"], rows=2)
    next_action = LongWords(
        label="What to do next", required=False, max_length=LONGEST["next_action"], rows=2
    )
    unblocker = _One(
        label="Who can help",
        nothing="The production owner",
        choices=[(role.value, role.label) for role in OwnerRole],
        coerce=OwnerRole,
    )

    def __init__(self, *args: Any, asked: Asked | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        if asked is not None and not asked.is_own:
            for name in ("gate", "phase", "kinds"):
                del self.fields[name]
            self.fields["title"].required = False
            self.fields["unblocker"].choices = [  # type: ignore[attr-defined]  # a choice field
                ("", "As the playbook has it"),
                *((role.value, role.label) for role in OwnerRole),
            ]
            for name in ("title", "missing", "next_action"):
                self.fields[name].help_text = "Empty: as the playbook has it"


def initial_of(asked: Asked) -> dict[str, Any]:
    """Return what the form of a requirement shows before anybody typed."""
    known = asked.requirement
    return {
        "title": known.title,
        "gate": known.gate.value if known.gate else "",
        "phase": known.phase.value if known.phase else "",
        "kinds": [kind.value for kind in asked.kinds],
        "missing": known.missing,
        "next_action": known.next_action,
        "unblocker": known.unblockers[0].value if len(known.unblockers) == 1 else "",
    }


class GateForm(forms.Form):
    """Who has to agree to a gate; for G7 and G8 also whether they count before go-live."""

    approving = forms.TypedChoiceField(
        label="Who has to approve it",
        choices=Approving.choices,
        coerce=Approving,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose who has to approve it.", **_NO_SUCH},
    )
    roles = _Several(
        label="Roles",
        choices=[(role.value, role.label) for role in APPROVERS],
        coerce=OwnerRole,
        help_text="Nobody approves what rests on their own evidence",
    )
    before_go_live = forms.BooleanField(label="It has to be met before go-live", required=False)

    def __init__(self, *args: Any, row: GateAsked, **options: Any) -> None:
        options.setdefault(
            "initial",
            {
                "approving": row.approving.value,
                "roles": [role.value for role in row.roles],
                "before_go_live": row.before_go_live,
            },
        )
        super().__init__(*args, **options)
        if not row.may_join:
            del self.fields["before_go_live"]
