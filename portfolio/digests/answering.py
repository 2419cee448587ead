"""The pages a mail leads to: say how a pilot stands, or see what is to be decided.

A link is a name, not a key. Opening it changes nothing, whoever or whatever opens it; what is sent without a
session waits for a manager; and a link shows only what the person it was mailed to may see today.
"""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from pilots.access.models import Source, User
from pilots.access.permissions import Deed, may
from pilots.actions.answer import GivenAnswer, give_answer
from pilots.actions.by import By, Refused
from pilots.models import Answer, AnswerKind, Decision, Flag, Pilot
from pilots.models.answer import AnswerQuerySet
from pilots.models.pilot import relations
from pilots.web.decision_words import said
from pilots.web.refusals import add_refusal
from pilots.web.spoken import spoken
from portfolio.digests.answer_form import AnswerForm
from portfolio.digests.answer_words import WAYS, confirmers, named_on, unblockers
from portfolio.digests.links import Expired, MailLink, Unreadable, read_answer, read_decide
from portfolio.digests.parts import inside

Page = Callable[[HttpRequest, str], HttpResponse]

GONE = "There is nothing to answer here"
NO_LONGER = "It was settled or withdrawn, or it is no longer shared with you."
INCOMPLETE = "This link is not complete"
ENDED = "This link has ended"


def private(page: Page) -> Page:
    """Let no search engine find a page, no cache keep it, and no other site learn its address.

    Not `no-referrer`: browsers would then send the form with “Origin: null”, which the CSRF check refuses.
    """

    @wraps(page)
    def answer(request: HttpRequest, token: str) -> HttpResponse:
        response = page(request, token)
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Cache-Control"] = "private, no-store"
        response["Referrer-Policy"] = "same-origin"
        return response

    return answer


class Closed(Exception):
    """There is nothing behind the link for this person: how to say it, and with which status."""

    def __init__(self, title: str, sentence: str, status: int, pilot: Pilot | None = None) -> None:
        self.title, self.sentence, self.status, self.pilot = title, sentence, status, pilot
        super().__init__(sentence)


def saying_closed(page: Page) -> Page:
    @wraps(page)
    def answer(request: HttpRequest, token: str) -> HttpResponse:
        try:
            return page(request, token)
        except Closed as closed:
            context = {"title": closed.title, "sentence": closed.sentence, "pilot": closed.pilot}
            return TemplateResponse(request, "digests/closed.html", context, status=closed.status)

    return answer


# --- How a pilot stands --------------------------------------------------------------


class Asked:
    """Whom the link was mailed to, and the flag and pilot it is about, as that person may see them now."""

    def __init__(self, link: MailLink) -> None:
        flag = Flag.objects.filter(pk=link.about).select_related("pilot__program").first()
        person = User.objects.filter(pk=link.user_id, is_active=True).first()
        if flag is None or person is None or not _sees(person, flag.pilot):
            raise Closed(GONE, NO_LONGER, 404)
        if flag.pilot.is_ended:
            stage = flag.pilot.at_stage.label.lower()
            raise Closed(
                f"{flag.pilot} is {stage}", "So nothing is asked about it any longer.", 410, flag.pilot
            )
        self.flag, self.pilot, self.person, self.link = flag, flag.pilot, person, link


def _sees(person: User, pilot: Pilot) -> bool:
    return Pilot.objects.visible_to(person).filter(pk=pilot.pk).exists()


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@private
@saying_closed
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """Ask how a pilot stands. Only a sent form does anything."""
    asked = Asked(_read(read_answer, token))
    sent = _sent(request)
    if sent is not None and sent.is_valid():
        try:
            give_answer(_given(request, asked, sent), by=_by(request))
        except Refused as refused:
            add_refusal(sent, refused)
        except Pilot.DoesNotExist as lost:  # sight of it was lost since it was looked up
            raise Closed(GONE, NO_LONGER, 404) from lost
        else:
            return redirect("digests:answered", token)
    context = _asking(request, asked, sent)
    status = 200 if request.method != "POST" or sent is not None else 400
    return TemplateResponse(request, "digests/answer.html", context, status=status)


@login_not_required
@require_safe
@private
@saying_closed
def answered(request: HttpRequest, token: str) -> HttpResponse:
    """Thank for the answer, and say what becomes of it."""
    asked = Asked(_read(read_answer, token))
    given = _shown_answers(request, asked).order_by("-given_at", "-pk").first()
    if given is None:
        return redirect("digests:answer", token)
    context = {
        "pilot": asked.pilot,
        "kind": given.kind,
        "said": said(given),
        "waits": given.settled_at is None,
        "accepted": given.is_accepted,
        "confirmer": confirmers(asked.pilot),
        "signed_in": _is_signed_in(request, asked.person),
        "again": reverse("digests:answer", args=[token]),
    }
    return TemplateResponse(request, "digests/answered.html", context)


def _read(read: Callable[..., MailLink], token: str) -> MailLink:
    try:
        return read(token, timezone.now())
    except Expired as expired:
        day = spoken(expired.ended_at.date(), timezone.now().date())
        sentence = (
            f"Links in mail work for 14 days; this one worked until {day}. The newest mail has another."
        )
        raise Closed(ENDED, sentence, 410) from expired
    except Unreadable as unreadable:
        sentence = "A part of it was lost on its way. Open it from the mail again, or copy all of it."
        raise Closed(INCOMPLETE, sentence, 404) from unreadable


def _sent(request: HttpRequest) -> AnswerForm | None:
    """Return the form that was sent, None when there is none or nobody knows its button."""
    if request.method != "POST" or request.POST.get("kind") not in {kind.value for kind in AnswerKind}:
        return None
    return AnswerForm(AnswerKind(request.POST["kind"]), request.POST)


def _given(request: HttpRequest, asked: Asked, sent: AnswerForm) -> GivenAnswer:
    return GivenAnswer(
        pilot=asked.pilot,
        flag=asked.flag,
        person=asked.person,
        kind=sent.kind,
        text=sent.cleaned_data["text"],
        named=sent.cleaned_data.get("named", ""),
        signed_in=_is_signed_in(request, asked.person),
    )


def _by(request: HttpRequest) -> By:
    user = request.user if isinstance(request.user, User) else None
    return By(user=user, at=timezone.now(), source=Source.REPLY)


def _is_signed_in(request: HttpRequest, person: User) -> bool:
    return not isinstance(request.user, AnonymousUser) and request.user.pk == person.pk


def _shown_answers(request: HttpRequest, asked: Asked) -> AnswerQuerySet:
    """Return the person's answers that this page may show; without a session, what its link brought."""
    answers = Answer.objects.filter(pilot=asked.pilot, person=asked.person)
    if _is_signed_in(request, asked.person):
        return answers
    return answers.filter(flag=asked.flag, was_signed_in=False)


def _asking(request: HttpRequest, asked: Asked, sent: AnswerForm | None) -> dict[str, object]:
    pilot, flag = asked.pilot, asked.flag
    now = timezone.now()
    today = pilot.program.today(now)
    waiting = _shown_answers(request, asked).unconfirmed().first()
    signed_in = _is_signed_in(request, asked.person)
    other = request.user if isinstance(request.user, User) and not signed_in else None
    return {
        "pilot": pilot,
        "person": asked.person,
        "fact": flag.fact(today).rstrip("."),
        "next": inside(flag.next_action.rstrip(".")),
        "unblock": unblockers(flag, asked.person),
        "has_cleared": flag.closed_at is not None,
        "ways": [_way(kind, sent) for kind in AnswerKind],
        "people": named_on(pilot),
        "is_sent": sent is not None,
        "signed_in": signed_in,
        "at_once": signed_in and may(Deed.CHECK_IN, relations(asked.person, [pilot])[pilot.pk]),
        "other": other,
        "confirmer": confirmers(pilot),
        "waiting": waiting,
        "waiting_said": said(waiting) if waiting else "",
        "until": spoken(pilot.program.today(asked.link.ends_at), today),
        "sign_in": f"{reverse('account_login')}?next={request.path}",
    }


def _way(kind: AnswerKind, sent: AnswerForm | None) -> dict[str, object]:
    is_sent = sent is not None and sent.kind is kind
    words, note, icon, verb = WAYS[kind]
    return {
        "kind": kind.value,
        "words": words,
        "note": note,
        "icon": icon,
        "verb": verb,
        "form": sent if is_sent else AnswerForm(kind),
        "is_open": is_sent,
    }


# --- What is to be decided -----------------------------------------------------------


@login_not_required
@require_safe
@private
@saying_closed
def decide(request: HttpRequest, token: str) -> HttpResponse:
    """Show what is asked. Nothing is decided by a link alone: whoever is signed in decides on its page."""
    link = _read(read_decide, token)
    person = User.objects.filter(pk=link.user_id, is_active=True).first()
    reader = request.user if isinstance(request.user, User) else None
    if reader and Decision.objects.visible_to(reader).filter(pk=link.about).exists():
        return redirect("pilots:decision_detail", link.about)
    visible = Decision.objects.visible_to(person) if person else Decision.objects.none()
    decision = (
        visible.filter(pk=link.about).select_related("program", "pilot", "asked_by", "decided_by").first()
    )
    if decision is None:
        raise Closed(
            "There is nothing to decide here", "It was withdrawn, or it is no longer shared with you.", 404
        )
    today = decision.program.today(timezone.now())
    page = reverse("pilots:decision_detail", args=[decision.pk])
    context = {
        "decision": decision,
        "needed_by": spoken(decision.needed_by, today) if decision.needed_by else "",
        "is_late": decision.needed_by is not None and decision.needed_by < today,
        "decided_on": spoken(decision.decided_on, today) if decision.decided_on else "",
        "until": spoken(decision.program.today(link.ends_at), today),
        "other": reader,
        "sign_in": f"{reverse('account_login')}?next={page}",
    }
    return TemplateResponse(request, "digests/decide.html", context)
