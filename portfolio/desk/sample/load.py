"""Loads the sample by the same actions people use, day by day, so its history and events are real."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, timedelta
from itertools import groupby
from operator import methodcaller
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction

from kpis.actions.kpi import NewKpi, define_kpi
from kpis.oneline import read_kpi
from pilots.access.models import Event, Program, User
from pilots.access.permissions import OwnerRole
from pilots.actions.account import add_member, create_programs, create_user
from pilots.actions.answer import GivenAnswer, give_answer
from pilots.actions.by import By, Refused
from pilots.actions.check import checking_later
from pilots.actions.decision import NewDecision, ask_decisions
from pilots.actions.ending import End, end_pilot
from pilots.actions.event import event
from pilots.actions.hold import NewHold, Resume, hold_pilots, resume_pilots
from pilots.actions.judge import scan
from pilots.actions.log import NewLine, write_log
from pilots.actions.owner import NewOwnership, accept_ownership, add_owners
from pilots.actions.owner_end import end_ownership
from pilots.actions.owner_terms import OwnershipEdit, edit_ownership
from pilots.actions.pilot import Edit, NewPilot, edit_pilots, log_pilots
from pilots.actions.requirement import settle_requirements
from pilots.actions.stage import Move, move_pilots
from pilots.lifecycle import NEEDS_EVIDENCE, Stage
from pilots.models import AnswerKind, LogKind, Owner, Ownership, Pilot
from pilots.playbook import GATES_BEFORE
from portfolio.desk.sample.arrived import ARRIVED
from portfolio.desk.sample.brought import (
    close,
    connect,
    free,
    prepare,
    roll_out,
    show,
    show_some,
    wait,
    waive,
)
from portfolio.desk.sample.cast import Cast, moment
from portfolio.desk.sample.endings import ENDINGS
from portfolio.desk.sample.people import CONTACTS, DEMO_PASSWORD, DEMOS, EXECUTIVE, MANAGER, OWNER
from portfolio.desk.sample.phases import steps_with_phases
from portfolio.desk.sample.planned import PLANNED
from portfolio.desk.sample.still_open import STILL_OPEN
from portfolio.desk.sample.stopped import STOPPED
from portfolio.desk.sample.story import (
    Agreed,
    Answered,
    Asked,
    Booked,
    Changed,
    Closed,
    Connected,
    Counted,
    Entrusted,
    Freed,
    Held,
    Left,
    Looped,
    Measured,
    Moved,
    Named,
    Postponed,
    Prepared,
    Reported,
    Resumed,
    Said,
    Shown,
    Signed,
    Step,
    Stepped,
    Story,
    Versioned,
    Waited,
    Waived,
)
from portfolio.desk.sample.worth import PARTS
from portfolio.desk.sample.worth_told import book, change, count, go_live, loop, measure, report, sign
from portfolio.desk.sample.young import IDEAS, YOUNG
from portfolio.pace.actions import replay_forecasts

QUARTERS = 8  # as far back as its forecasts are computed afterwards
SLUG, PREFIX, NAME = "sample", "SMP", "Sample portfolio"
NEEDS = {
    "name": f"a program is called “{NAME}”",
    "slug": f"a program has the address “{SLUG}”",
    "prefix": f"a program has the prefix {PREFIX}",
    "email": "an account has the address of a demo log-in",
}
STORIES: tuple[Story, ...] = (*ARRIVED, *STOPPED, *STILL_OPEN, *PLANNED, *YOUNG, *IDEAS)


def load_sample(*, by: By) -> Program:
    """Load the sample portfolio with its demo log-ins.

    Raises `Refused` if it is loaded already, or something here has what it needs for itself.
    """
    if Program.objects.filter(is_sample=True).exists():
        raise Refused.because(
            "The sample portfolio is loaded already. Clear it before loading it anew.", code="loaded"
        )
    today = by.at.astimezone(UTC).date()
    with transaction.atomic():
        try:
            cast = _open_program(today, by=by)
        except Refused as refusal:
            raise _taken(refusal) from refusal
        with checking_later():
            _tell(cast)
        scan(at=by.at, program=cast.program)
        settle_requirements(list(cast.program.pilots.values_list("pk", flat=True)), at=by.at)
        replay_forecasts(cast.program, QUARTERS, by=By(user=None, at=by.at, source=by.source))
        Event.objects.bulk_create([event("sample.loaded", by=by, subject=cast.program.name)])
    return cast.program


def _taken(refusal: Refused) -> Refused:
    """Return the refusal in words for somebody who chose none of these names."""
    taken = [NEEDS[reason.field] for reason in refusal.reasons if reason.field in NEEDS]
    if not taken:
        return refusal
    return Refused.because(
        f"The sample portfolio was not loaded, as {' and '.join(taken)}. Start a Headway of its own for it.",
        code="taken",
    )


def _open_program(today: date, *, by: By) -> Cast:
    first = max(story.logged for story in STORIES)
    start = By(user=None, at=moment(today, first), source=by.source)
    program = create_programs([Program(name=NAME, slug=SLUG, prefix=PREFIX, is_sample=True)], by=start)[0]
    users = {
        demo: create_user(
            email=demo.email, name=demo.name, by=start, is_sample=True, is_executive=demo is EXECUTIVE
        )
        for demo in DEMOS
    }
    hashed = make_password(DEMO_PASSWORD)
    User.objects.filter(pk__in=[user.pk for user in users.values()]).update(
        password=hashed, joined_at=start.at
    )
    for demo, user in users.items():
        if demo.role:
            add_member(program=program, user=user, role=demo.role, by=start)
    return Cast(program, users[MANAGER], users[OWNER], users[EXECUTIVE], today)


def _tell(cast: Cast) -> None:
    pilots: dict[str, Pilot] = {}
    told = [(story, step) for story in STORIES for step in steps_with_phases(story)]
    days = {story.logged for story in STORIES} | {step.days for _, step in told}
    for day in sorted(days, reverse=True):
        pilots |= _log([story for story in STORIES if story.logged == day], day, cast)
        steps = [(story, step) for story, step in told if step.days == day]
        for kind, same in groupby(sorted(steps, key=_place), key=_place):
            ACTS[ORDER[kind]]([(pilots[story.name], step) for story, step in same], day, cast)


def _place(pair: tuple[Story, Step]) -> int:
    return ORDER.index(type(pair[1]))


def _log(stories: Sequence[Story], day: int, cast: Cast) -> dict[str, Pilot]:
    """The demo owner proposes each as an idea; the manager names them for a few, and they accept."""
    if not stories:
        return {}
    news = [
        NewPilot(
            program=cast.program,
            name=story.name,
            problem=story.problem,
            unit=story.unit,
            vendor=story.vendor,
            how_built=story.how_built,
            risk=story.risk,
            tags=story.tags,
            stage=Stage.IDEA,
            decide_by=_on(cast, story.decide_in) if story.decide_in is not None else None,
        )
        for story in stories
    ]
    pilots = log_pilots(news, by=cast.by(cast.owner, day))
    _give([pilot for story, pilot in zip(stories, pilots, strict=True) if story.own], day, cast)
    return {pilot.name: pilot for pilot in pilots}


def _give(pilots: Sequence[Pilot], day: int, cast: Cast) -> None:
    if not pilots:
        return
    named = [
        NewOwnership(pilot=pilot, contact=CONTACTS[OWNER.name], role=OwnerRole.PRODUCTION_OWNER)
        for pilot in pilots
    ]
    ownerships = add_owners(named, by=cast.by(cast.manager, day))
    Owner.objects.filter(pk=ownerships[0].owner_id, user__isnull=True).update(user=cast.owner)
    for ownership in ownerships:
        accept_ownership(ownership, by=cast.by(cast.owner, day))


def _on(cast: Cast, days_ahead: int) -> date:
    return cast.today + timedelta(days=days_ahead)


def _agree(told: Sequence[tuple[Pilot, Agreed]], day: int, cast: Cast) -> None:
    for pilot, step in told:
        line = read_kpi(step.kpi)
        if line is None:
            raise ValueError(f"{pilot} agrees on no number: {step.kpi}")
        new = NewKpi(pilot=pilot, line=line, fields=PARTS.get(pilot.name, {}))
        define_kpi(new, by=cast.by(cast.manager, day))


def _name(told: Sequence[tuple[Pilot, Named]], day: int, cast: Cast) -> None:
    add_owners(
        [NewOwnership(pilot=pilot, contact=CONTACTS[step.person], role=step.role) for pilot, step in told],
        by=cast.by(cast.manager, day),
    )


def _entrust(told: Sequence[tuple[Pilot, Entrusted]], day: int, cast: Cast) -> None:
    for pilot, step in told:
        fields = {"authority": step.authority, "budget_authority": step.budget}
        edit_ownership(OwnershipEdit(ownership=_lead(pilot), fields=fields), by=cast.by(cast.manager, day))


def _lead(pilot: Pilot) -> Ownership:
    owning = Ownership.objects.active().select_related("pilot").filter(pilot=pilot)
    return owning.get(role=OwnerRole.PRODUCTION_OWNER.value)


def _leave(told: Sequence[tuple[Pilot, Left]], day: int, cast: Cast) -> None:
    for pilot, step in told:
        end_ownership(_lead(pilot), by=cast.by(cast.manager, day), reason=step.why)


def _move(told: Sequence[tuple[Pilot, Moved]], day: int, cast: Cast) -> None:
    for stage in GATES_BEFORE:
        asking = [pilot for pilot, step in told if step.to is stage]
        show(asking, day, cast, methodcaller("missing_before", stage))
    moves = [
        Move(
            pilot=pilot,
            to=step.to,
            reason="" if step.to in NEEDS_EVIDENCE else step.why,
            evidence=step.why if step.to in NEEDS_EVIDENCE else "",
        )
        for pilot, step in told
        if not _is_told(pilot, step)
    ]
    move_pilots(moves, by=cast.by(cast.manager, day))
    for pilot, step in told:
        if _is_told(pilot, step):
            end = End(pilot=pilot, reason=step.why, legacy=ENDINGS[pilot.name])
            end_pilot(end, by=cast.by(cast.manager, day))


def _is_told(pilot: Pilot, step: Moved) -> bool:
    """Return whether it ends here, and somebody says what it leaves behind."""
    return step.to is Stage.STOPPED and pilot.name in ENDINGS


def _postpone(told: Sequence[tuple[Pilot, Postponed]], day: int, cast: Cast) -> None:
    edits = [Edit(pilot=pilot, fields={"decide_by": _on(cast, step.decide_in)}) for pilot, step in told]
    edit_pilots(edits, by=cast.by(cast.manager, day))


def _hold(told: Sequence[tuple[Pilot, Held]], day: int, cast: Cast) -> None:
    holds = [
        NewHold(
            pilot=pilot,
            reason=step.reason,
            agreed_by=step.agreed_by,
            review_on=_on(cast, step.review_in),
        )
        for pilot, step in told
    ]
    hold_pilots(holds, by=cast.by(cast.manager, day))


def _resume(told: Sequence[tuple[Pilot, Resumed]], day: int, cast: Cast) -> None:
    resume_pilots(
        [Resume(pilot=pilot, note=step.note) for pilot, step in told], by=cast.by(cast.manager, day)
    )


def _say(told: Sequence[tuple[Pilot, Said]], day: int, cast: Cast) -> None:
    for user, by_manager in ((cast.owner, False), (cast.manager, True)):
        lines = [
            NewLine(pilot=pilot, kind=LogKind.CHECK_IN, text=step.text, going=step.going)
            for pilot, step in told
            if step.manager is by_manager
        ]
        if lines:
            write_log(lines, by=cast.by(user, day))


def _ask(told: Sequence[tuple[Pilot, Asked]], day: int, cast: Cast) -> None:
    decisions = [
        NewDecision(
            pilot=pilot,
            question=step.question,
            options=step.options,
            needed_by=_on(cast, step.needed_in),
            decider=cast.executive if step.of_executive else None,
        )
        for pilot, step in told
    ]
    ask_decisions(decisions, by=cast.by(cast.owner, day))


def _answer(told: Sequence[tuple[Pilot, Answered]], day: int, cast: Cast) -> None:
    for pilot, step in told:
        answer = GivenAnswer(pilot=pilot, person=cast.owner, kind=AnswerKind.MOVING, text=step.text)
        give_answer(answer, by=cast.by(cast.owner, day))


# What happens first when several things happen on one day.
ACTS: dict[type[Step], Callable[[Sequence[tuple[Pilot, Any]], int, Cast], None]] = {
    Agreed: _agree,
    Counted: count,
    Changed: change,
    Signed: sign,
    Versioned: go_live,
    Named: _name,
    Entrusted: _entrust,
    Measured: measure,
    Looped: loop,
    Booked: book,
    Connected: connect,
    Prepared: prepare,
    Shown: show_some,
    Waived: waive,
    Waited: wait,
    Freed: free,
    Closed: close,
    Stepped: roll_out,
    Moved: _move,
    Left: _leave,
    Postponed: _postpone,
    Resumed: _resume,
    Held: _hold,
    Said: _say,
    Asked: _ask,
    Answered: _answer,
    Reported: report,
}
ORDER = tuple(ACTS)
