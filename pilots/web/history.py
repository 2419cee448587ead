"""What happened to one pilot, as its address asks for it: by whom, of what kind, by which door, when."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.urls import reverse

from pilots.access.models import Event, Source
from pilots.models import Pilot, StageTransition
from pilots.web.chips import without
from pilots.web.cohort_filters import window
from pilots.web.filter_fields import LARGEST_ID, DayFilter, IdFilter
from pilots.web.told import DOORS, SYSTEM, Told, tell

PER_LOAD = 50
BY_HEADWAY = "headway"
# How the first word of a verb is grouped; a pilot's own verbs are parted below.
KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "stage": ("Stage and hold", ("pilot", "transition", "ending", "hold")),
    "facts": ("Facts of it", ()),
    "words": ("Check-ins and comments", ("answer",)),
    "plan": ("Plan and milestones", ("plan", "phase", "milestone", "scope")),
    "people": ("People", ("owner", "ownership", "invitation")),
    "readiness": (
        "Readiness",
        ("evidence", "requirement", "waiver", "gate", "approval", "wait", "playbook"),
    ),
    "production": ("Production record", ("connection", "rollout", "model", "loop")),
    "numbers": ("Numbers", ("kpi", "measurement", "report")),
    "money": ("Money", ("ledger",)),
    "decisions": ("Decisions", ("decision",)),
    "flags": ("Flags", ("flag",)),
}
_OF_PILOT = {
    "facts": ("pilot.edited",),
    "words": ("pilot.checked_in", "pilot.commented"),
}
_PARTED = tuple(verb for verbs in _OF_PILOT.values() for verb in verbs)


def kind_of(verb: str) -> str:
    """Return the code of the kind a verb belongs to; "" for one that nobody grouped."""
    for kind, verbs in _OF_PILOT.items():
        if verb in verbs:
            return kind
    first = verb.partition(".")[0]
    return next((kind for kind, (_, heads) in KINDS.items() if first in heads), "")


def of_kind(kind: str) -> Q:
    """Return the events of a kind, by their verbs."""
    found = Q(verb__in=_OF_PILOT.get(kind, ()))
    for head in KINDS[kind][1]:
        found |= Q(verb__startswith=f"{head}.") & ~Q(verb__in=_PARTED)
    return found


class HistoryForm(forms.Form):
    """Reads the filters; a value it cannot read is an error, never a longer history."""

    who = forms.ChoiceField(label="Who")
    kind = forms.ChoiceField(
        label="What",
        required=False,
        choices=[("", "Anything"), *((code, label) for code, (label, _) in KINDS.items())],
        error_messages={"invalid_choice": f"“%(value)s” is not known here. Known: {', '.join(KINDS)}."},
    )
    source = forms.ChoiceField(
        label="From where",
        required=False,
        choices=[("", "Anywhere"), *((source.value, DOORS[source].capitalize()) for source in Source)],
        error_messages={
            "invalid_choice": f"“%(value)s” is not known here. Known: {', '.join(Source)}.",
        },
    )
    from_day = DayFilter(label="From day").field
    to_day = DayFilter(label="Up to day").field

    def __init__(self, data: Any, *, people: list[tuple[str, str]]) -> None:
        super().__init__(data)
        self.fields["who"] = forms.ChoiceField(
            label="Who",
            choices=[("", "Anybody"), *people],
            error_messages={"invalid_choice": "Nobody of this number has done anything here."},
        )
        for field in self.fields.values():
            field.required = False

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("from_day"), cleaned.get("to_day")
        if first and last and last < first:
            self.add_error("to_day", "This is before the first day. Turn the two round.")
        return cleaned


@dataclass(frozen=True)
class Line:
    """One event; `gone` says that what it tells was corrected or taken back since."""

    told: Told
    gone: str = ""


class HistoryPage:
    """What the address of a history shows; `transitions` are all rows of the pilot's road."""

    def __init__(self, pilot: Pilot, asked: QueryDict, transitions: list[StageTransition]) -> None:
        self.pilot = pilot
        self._asked = asked
        self._transitions = transitions
        self.form = HistoryForm(asked, people=self._people)

    @cached_property
    def path(self) -> str:
        return reverse("pilots:pilot_history", args=[self.pilot.key])

    @cached_property
    def _people(self) -> list[tuple[str, str]]:
        rows = Event.objects.filter(pilot_id=self.pilot.pk).order_by("actor__name", "actor")
        found = list(rows.values_list("actor", "actor__name", "actor__email").distinct())
        named = [(str(pk), name or email) for pk, name, email in found if pk is not None]
        return named + ([(BY_HEADWAY, SYSTEM)] if len(named) < len(found) else [])

    # --- What is asked ---------------------------------------------------------------

    @cached_property
    def problems(self) -> list[str]:
        known = {*self.form.fields, "before", "format"}
        found = [f"This history has no filter “{name[:40]}”." for name in self._asked if name not in known]
        for name, errors in self.form.errors.items():
            found += [f"{self.form.fields[name].label}: {error}" for error in errors]
        if self._before is None:
            found.append("What is older cannot be found from here.")
        return found

    @cached_property
    def _before(self) -> int | None:
        """The event from which on it is older; all there can be when none is named, None for nonsense."""
        text = self._asked.get("before", "")
        if not text:
            return LARGEST_ID
        try:
            found: int | None = IdFilter().field.clean(text)
        except forms.ValidationError:
            return None
        return found

    @property
    def is_narrowed(self) -> bool:
        return any(self._asked.get(name) for name in self.form.fields)

    @property
    def clear_url(self) -> str:
        return self.path

    @property
    def query(self) -> str:
        """What is asked, without where it begins, as the end of an address."""
        return without(self._asked, "before", "format", path="").removeprefix("?")

    # --- What is shown ---------------------------------------------------------------

    @cached_property
    def events(self) -> QuerySet[Event]:
        """All that is asked for, newest first."""
        events = Event.objects.filter(pilot_id=self.pilot.pk).select_related("actor").order_by("-id")
        if self.problems:
            return events.none()
        read = self.form.cleaned_data
        if who := read["who"]:
            events = events.filter(actor=None if who == BY_HEADWAY else int(who))
        if kind := read["kind"]:
            events = events.filter(of_kind(kind))
        if source := read["source"]:
            events = events.filter(source=source)
        return _within(events, read["from_day"], read["to_day"])

    @cached_property
    def total(self) -> int:
        return self.events.count()

    @cached_property
    def _loaded(self) -> list[Event]:
        """One more than is shown, to know whether there is anything older."""
        if self._before is None:
            return []
        return list(self.events.filter(pk__lt=self._before)[: PER_LOAD + 1])

    @cached_property
    def told(self) -> list[Told]:
        return [tell(event) for event in self._loaded[:PER_LOAD]]

    @property
    def lines(self) -> list[Line]:
        shown = zip(self._loaded, self.told, strict=False)
        return [Line(told, gone_words(event, self._transitions)) for event, told in shown]

    @property
    def older_url(self) -> str:
        """Where what is older stands; empty when this is all."""
        if len(self._loaded) <= PER_LOAD:
            return ""
        asked = self._asked.copy()
        asked["before"] = str(self._loaded[PER_LOAD - 1].pk)
        return f"{self.path}?{asked.urlencode()}"


def _within(events: QuerySet[Event], first: date | None, last: date | None) -> QuerySet[Event]:
    """Keep the days from one to another, both included, in the reader's zone."""
    if first:
        events = events.filter(at__gte=window(first, first).since)
    if last:
        events = events.filter(at__lt=window(last, last).until)
    return events


def gone_words(event: Event, transitions: list[StageTransition]) -> str:
    """Return whether the move an event tells was corrected or taken back since; else nothing.

    A row of the road and its event were written at the same moment, about the same stage.
    """
    if event.verb not in {"pilot.moved", "pilot.stopped", "pilot.created"}:
        return ""
    rows = [
        row for row in transitions if row.recorded_at == event.at and row.to_stage == event.after.get("stage")
    ]
    gone = {row.supersedes_id: "corrected since" for row in transitions if row.supersedes_id}
    gone |= {row.voids_id: "taken back since" for row in transitions if row.voids_id}
    return next((gone[row.pk] for row in rows if row.pk in gone), "")
