"""Shapes a template of plans for one program, and takes that back. Plans that are made already stay."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction

from pilots.access.models import Event, Program
from pilots.actions.by import By, Reason, Refused
from pilots.actions.change import refuse_unstorable
from pilots.actions.event import event
from pilots.actions.milestone_rules import LONGEST_TITLE, one_line
from pilots.actions.program import lock_program
from pilots.models import PlanTemplate
from pilots.plans import PhaseShape, PlannedMilestone, PlanShape, Template, as_data, from_data
from pilots.templates import TEMPLATES

LONGEST_LABEL = 100
LAST_DAY = 3 * 366
MOST_PHASES, MOST_MILESTONES = 12, 100


@dataclass(frozen=True, kw_only=True)
class TemplateEdit:
    """How a program wants a template from now on."""

    program: Program
    template: Template
    shape: PlanShape


def set_template(edit: TemplateEdit, *, by: By) -> PlanTemplate:
    """Put the program's own shape in place of a template; one that changes nothing leaves no trace.

    Raises `Refused` with every fault: `label`, `phase_1_title`, `phase_1_last_day`, `phase_1_milestones`.
    """
    with transaction.atomic():
        program = lock_program(edit.program, by=by)
        row = _row(program, edit.template)
        before = from_data(row.label, row.phases) if row.pk else TEMPLATES[edit.template]
        shape = _tidy(edit.shape)
        if reasons := list(_faults(shape)):
            raise Refused(reasons)
        if shape != before:
            row.label, row.phases = shape.label, as_data(shape)
            row.save()
            _tell("plan-template.set", row, before, shape, by=by)
    return row


def restore_template(program: Program, template: Template, *, by: By) -> None:
    """Let a template be as it comes. Raises `Refused` where nothing was changed."""
    with transaction.atomic():
        row = _row(lock_program(program, by=by), template)
        if not row.pk:
            sentence = "This template is as it comes already."
            raise Refused.because(sentence, code="nothing-changed")
        _tell("plan-template.restored", row, from_data(row.label, row.phases), TEMPLATES[template], by=by)
        row.delete()


def _row(program: Program, template: Template) -> PlanTemplate:
    found = PlanTemplate.objects.filter(program=program, code=template.value).first()
    return found or PlanTemplate(program=program, code=template.value)


def _tidy(shape: PlanShape) -> PlanShape:
    """Return the shape with its words on one line each and its milestones by day."""
    return PlanShape(
        one_line(shape.label),
        tuple(
            PhaseShape(
                phase.code,
                one_line(phase.title),
                phase.last_day,
                tuple(
                    PlannedMilestone(one_line(item.title), item.day, item.is_required)
                    for item in sorted(phase.milestones, key=lambda item: item.day)
                ),
            )
            for phase in shape.phases
        ),
    )


# --- Refusals ----------------------------------------------------------------------


def _faults(shape: PlanShape) -> Iterator[Reason]:
    refuse_unstorable({"label": shape.label})
    if not shape.label:
        yield Reason("A template needs a name.", "label", "required")
    elif len(shape.label) > LONGEST_LABEL:
        yield Reason(f"Write at most {LONGEST_LABEL} characters.", "label", "length")
    if not shape.phases:
        yield Reason("A plan needs at least one phase.", "", "no-phase")
    elif len(shape.phases) > MOST_PHASES:
        yield Reason(f"A plan has at most {MOST_PHASES} phases.", "", "too-many")
    if len(shape.milestones) > MOST_MILESTONES:
        yield Reason(f"A template has at most {MOST_MILESTONES} milestones.", "", "too-many")
    titles: set[str] = set()
    before, codes = 0, set()
    for number, phase in enumerate(shape.phases, start=1):
        name = f"phase_{number}"
        yield from _phase_faults(phase, name, before)
        if phase.code in codes:
            yield Reason("Another phase is of this kind already.", f"{name}_code", "repeated")
        codes |= {phase.code} if phase.code else set()
        yield from _milestone_faults(phase, name, before, titles)
        before = max(before, phase.last_day)


def _phase_faults(phase: PhaseShape, name: str, before: int) -> Iterator[Reason]:
    refuse_unstorable({f"{name}_title": phase.title})
    if not phase.title:
        yield Reason("A phase needs a title.", f"{name}_title", "required")
    elif len(phase.title) > LONGEST_LABEL:
        yield Reason(f"Write at most {LONGEST_LABEL} characters.", f"{name}_title", "length")
    if phase.last_day <= before:
        sentence = (
            f"The phase before it ends on day {before}. Choose a later day."
            if before
            else "Day 1 is the first. Choose that one or a later one."
        )
        yield Reason(sentence, f"{name}_last_day", "order")
    elif phase.last_day > LAST_DAY:
        yield Reason(f"A plan has at most {LAST_DAY:,} days.", f"{name}_last_day", "far")


def _milestone_faults(phase: PhaseShape, name: str, before: int, titles: set[str]) -> Iterator[Reason]:
    field = f"{name}_milestones"
    for item in phase.milestones:
        refuse_unstorable({field: item.title})
        if not item.title:
            yield Reason(f"Say what is to be there on day {item.day}.", field, "required")
        elif len(item.title) > LONGEST_TITLE:
            yield Reason(f"A milestone’s title has at most {LONGEST_TITLE} characters.", field, "length")
        elif item.title.casefold() in titles:
            sentence = f"“{item.title}” is in the template twice. Give one of them another title."
            yield Reason(sentence, field, "repeated")
        titles.add(item.title.casefold())
        if not before < item.day <= phase.last_day and phase.last_day > before:
            sentence = (
                f"Day {item.day} is not in this phase, which has days {before + 1} to {phase.last_day}."
            )
            yield Reason(sentence, field, "outside")


# --- The event ---------------------------------------------------------------------


def _tell(verb: str, row: PlanTemplate, before: PlanShape, after: PlanShape, *, by: By) -> None:
    then, now = _told(before), _told(after)
    changed = [name for name in now if then[name] != now[name]]
    told = event(
        verb,
        by=by,
        program=row.program,
        subject=row.code,
        before={name: then[name] for name in changed},
        after={"label": after.label, **{name: now[name] for name in changed}},
    )
    Event.objects.bulk_create([told])


def _told(shape: PlanShape) -> dict[str, str | list[str]]:
    return {
        "label": shape.label,
        "phases": [f"{phase.title} to day {phase.last_day}" for phase in shape.phases],
        "milestones": [
            f"day {item.day}: {item.title}{' (needed)' if item.is_required else ''}"
            for item in shape.milestones
        ],
    }
