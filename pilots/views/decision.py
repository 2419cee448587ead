"""Asks for decisions, settles them, and settles what people answered by mail."""

from functools import partial

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from pilots.access.models import Role, User
from pilots.access.permissions import Deed, may
from pilots.actions.answer import in_words, settle_answer
from pilots.actions.change import require
from pilots.actions.decision import (
    STOP,
    NewDecision,
    Settlement,
    ask_decision,
    decide,
    may_decide,
    require_to_decide,
)
from pilots.forms.decision import AskForm, DecideForm, SettleForm
from pilots.models import Answer, AnswerKind, Decision, Pilot
from pilots.models.pilot import relations
from pilots.views.attempt import carried_out
from pilots.views.find import find_pilot
from pilots.web.as_it_was import as_it_was
from pilots.web.decision_words import line, said
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating
from pilots.web.spoken import spoken

LARGEST_ID = 2**63 - 1


@require_http_methods(["GET", "POST"])
@translating
def decision_new(request: UserRequest, key: str) -> HttpResponseBase:
    """Ask somebody to decide about a pilot."""
    pilot, relation = find_pilot(request, key)
    require(Deed.ASK_DECISION, relation)
    people = {str(user.pk): user for user in _deciders(pilot)}
    form = AskForm(request.POST or None, deciders=[(pk, str(user)) for pk, user in people.items()])
    if form.is_valid():
        cleaned = form.cleaned_data
        new = NewDecision(
            pilot=pilot,
            question=cleaned["question"],
            options=cleaned["options"],
            decider=people.get(cleaned["decider"]),
            needed_by=cleaned["needed_by"].first if cleaned["needed_by"] else None,
        )
        if carried_out(form, lambda: ask_decision(new, by=by_web(request))):
            messages.success(
                request, f"Asked of {new.decider or 'the managers'}. It waits until it is decided."
            )
            return redirect(pilot)
    return TemplateResponse(request, "pilots/decision_new.html", {"pilot": pilot, "form": form})


def _deciders(pilot: Pilot) -> list[User]:
    """Return whom one may ask about a pilot: its managers, its owners, and executives, if they see it."""
    manages = Q(memberships__program=pilot.program_id, memberships__role=Role.MANAGER.value)
    owns = Q(pk__in=pilot.ownerships.active().filter(accepted_on__isnull=False).values("owner__user"))
    asked = manages | owns
    if not (pilot.is_confidential or pilot.program.is_sample):
        asked |= Q(is_executive=True, is_sample=False)
    return list(User.objects.filter(asked, is_active=True).distinct().order_by("name", "pk"))


@require_http_methods(["GET", "POST"])
@translating
def decision_detail(request: UserRequest, row: int) -> HttpResponseBase:
    """Show one decision; settle it, for those who may."""
    decision = _find_decision(request, row)
    is_theirs = may_decide(decision, request.user)
    if request.method == "POST":
        require_to_decide(decision, request.user)
    form = DecideForm(request.POST or None, options=decision.options)
    if form.is_valid() and carried_out(form, lambda: decide(_settlement(decision, form), by=by_web(request))):
        messages.success(request, f"Decided: {form.cleaned_data['choice']}.")
        return redirect("pilots:decision_detail", decision.pk)
    if form.is_bound:
        decision = _find_decision(request, row)  # somebody else may have been faster
    return TemplateResponse(
        request, "pilots/decision_detail.html", _shown(request, decision, form, is_theirs)
    )


def _settlement(decision: Decision, form: DecideForm) -> Settlement:
    cleaned = form.cleaned_data
    return Settlement(
        decision=decision,
        choice=cleaned["choice"],
        reason=cleaned["reason"],
        authority=cleaned["authority"],
        decided_on=cleaned["decided_on"].first if cleaned["decided_on"] else None,
    )


def _shown(
    request: UserRequest,
    decision: Decision,
    form: DecideForm,
    is_theirs: bool,  # noqa: FBT001 -- one caller
) -> dict[str, object]:
    now = timezone.now()
    today = decision.program.today(now)
    pilot = decision.pilot
    can_stop = (
        decision.choice == STOP
        and pilot is not None
        and not pilot.is_ended
        and may(Deed.STOP, relations(request.user, [pilot])[pilot.pk])
    )
    return {
        "decision": decision,
        "pilot": pilot,
        "line": line(decision, at=now, reader=request.user, manages=is_theirs),
        "form": form,
        "is_theirs": is_theirs,
        "asked_on": spoken(decision.program.today(decision.asked_at), today),
        "decided_on": spoken(decision.decided_on, today) if decision.decided_on else "",
        "can_stop": can_stop,
        "then": as_it_was(decision, today) if pilot is not None else None,
    }


def _find_decision(request: UserRequest, row: int) -> Decision:
    rows = Decision.objects.visible_to(request.user).select_related(
        "program", "pilot__program", "decider", "asked_by", "decided_by"
    )
    decision = rows.filter(pk=row).first() if row <= LARGEST_ID else None
    if decision is None:
        raise Http404
    return decision


@require_http_methods(["GET", "POST"])
@translating
def answer_settle(request: UserRequest, row: int) -> HttpResponseBase:
    """Show what somebody answered by mail; a manager confirms it or sets it aside."""
    answer = _find_answer(request, row)
    pilot = answer.pilot
    require(Deed.CONFIRM_ANSWER, relations(request.user, [pilot])[pilot.pk])
    form = SettleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        accept = "confirm" in request.POST
        read = form.cleaned_data["given_at"]
        if carried_out(
            form, partial(settle_answer, answer, accept=accept, by=by_web(request), given_at=read)
        ):
            messages.success(
                request, f"Confirmed: {said(answer)}." if accept else "Set aside. Nothing changed."
            )
            if accept and answer.kind == AnswerKind.NOT_MINE.value:
                return redirect("pilots:pilot_people", pilot.key)
            return redirect(pilot)
        answer = _find_answer(request, row)  # somebody else may have been faster, or it was given anew
    today = pilot.program.today(timezone.now())
    context = {
        "pilot": pilot,
        "answer": answer,
        "form": form,
        "said": said(answer),
        "given_on": spoken(pilot.program.today(answer.given_at), today),
        "given_at": answer.given_at.isoformat(),
        "settled_on": spoken(pilot.program.today(answer.settled_at), today) if answer.settled_at else "",
        "quoted": in_words(answer),
    }
    return TemplateResponse(request, "pilots/answer_settle.html", context)


def _find_answer(request: UserRequest, row: int) -> Answer:
    rows = Answer.objects.visible_to(request.user).select_related("pilot__program", "person", "settled_by")
    answer = rows.filter(pk=row).first() if row <= LARGEST_ID else None
    if answer is None:
        raise Http404
    return answer
