"""Changing several pilots at once, in steps that need no script: choose, say what, see what would happen."""

import uuid
from collections.abc import Sequence
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from pilots.actions.bulk import MOST, Bulk, change_many, named
from pilots.actions.bulk_asks import Asked, Foreseen, foresee, words
from pilots.actions.bulk_undo import Undo, look_back, undo_many
from pilots.actions.by import Refused
from pilots.forms.bulk import FORMS, BulkForm, BulkKind, FieldForm, OwnerForm
from pilots.forms.meant import contacts_for, is_settled, offer_names
from pilots.models import BulkEdit, Pilot
from pilots.models.ownership import OwnerQuerySet
from pilots.views.flags import MOST as MOST_TO_SNOOZE
from pilots.web.chosen import Chosen, read_chosen
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import add_refusal, translating
from pilots.web.way_back import NAME, way_back

SHOWN = 50  # pilots a page names one by one


@require_POST
@translating
def pilots_bulk(request: UserRequest) -> HttpResponseBase:
    """Ask what is to change, show what would happen, and do it; `do` names the kind, `step` how far it is."""
    back = way_back(request, reverse("pilots:pilot_list"))
    if request.POST.get("do") == "snooze":
        return _to_snooze(request, back)
    kind = BulkKind(request.POST["do"]) if request.POST.get("do") in set(BulkKind) else None
    if kind is None:
        messages.error(request, "Choose what is to change.")
        return redirect(back)
    chosen = read_chosen(request)
    if sentence := _unfit(chosen):
        messages.error(request, sentence)
        return redirect(back)
    step = request.POST.get("step", "")
    form = FORMS[kind](request.POST if step else None, pilots=chosen.pilots)
    foreseen = None
    if step and form.is_valid() and _is_clear(request, form, chosen):
        foreseen = _foreseen(request, form, chosen.pilots)
    if isinstance(form, OwnerForm):
        offer_names(form, _contacts(request, chosen))
    if foreseen is None:
        return _page(request, kind, form, chosen, back)
    stale: list[Pilot] = []
    asked = form.asked  # a refusal takes the value it is about out of the form
    if step == "do":
        # What the page named as left out; whatever became unfit since then is refused.
        left_out = set(request.POST.getlist("leave"))
        pilots = [pilot for pilot in chosen.pilots if pilot.key not in left_out]
        bulk = Bulk(pilots=pilots, asked=asked, versions=chosen.versions)
        made: list[BulkEdit] = []
        try:
            made.append(change_many(bulk, by=by_web(request)))
        except Refused as refused:
            add_refusal(form, refused)
            stale = _stale(chosen)
        else:
            count = len(made[0].steps)
            said = f"{count} {'pilot' if count == 1 else 'pilots'}: {made[0].what}."
            messages.success(request, said, extra_tags=f"undo:{made[0].pk}")
            return redirect(back)
    return _page(request, kind, form, chosen, back, foreseen, asked=asked, stale=stale)


def _to_snooze(request: UserRequest, back: str) -> HttpResponseBase:
    """Go to where flags of several pilots are snoozed; which pilots stands in that address."""
    chosen = read_chosen(request)
    if len(chosen.pilots) > MOST_TO_SNOOZE or chosen.is_too_many:
        messages.error(request, f"Flags of at most {MOST_TO_SNOOZE} pilots are snoozed at once.")
        return redirect(back)
    asked = urlencode([*(("pilot", pilot.key) for pilot in chosen.pilots), (NAME, back)])
    return redirect(f"{reverse('pilots:flags_snooze')}?{asked}")


def _unfit(chosen: Chosen) -> str:
    """Return why these pilots cannot be changed at once, before anything else is asked."""
    if chosen.is_too_many:
        return f"At most {MOST} pilots change at once; these are {chosen.total:,}. Narrow the list first."
    return "" if chosen.pilots else "No pilot is chosen. Tick at least one, then choose what is to change."


def _contacts(request: UserRequest, chosen: Chosen) -> OwnerQuerySet:
    return contacts_for(request.user, list({pilot.program_id for pilot in chosen.pilots}))


def _is_clear(request: UserRequest, form: BulkForm, chosen: Chosen) -> bool:
    return not isinstance(form, OwnerForm) or is_settled(form, _contacts(request, chosen))


def _foreseen(request: UserRequest, form: BulkForm, pilots: Sequence[Pilot]) -> Foreseen | None:
    try:
        return foresee(pilots, form.asked, by=by_web(request))
    except Refused as refused:
        add_refusal(form, refused)
        return None


def _stale(chosen: Chosen) -> list[Pilot]:
    return [pilot for pilot in chosen.pilots if chosen.versions.get(pilot.pk, pilot.version) != pilot.version]


def _page(
    request: UserRequest,
    kind: BulkKind,
    form: BulkForm,
    chosen: Chosen,
    back: str,
    foreseen: Foreseen | None = None,
    *,
    asked: Asked | None = None,
    stale: Sequence[Pilot] = (),
) -> TemplateResponse:
    refused = list(foreseen.refused) if foreseen else []
    refused += [
        (pilot, "Somebody else changed it meanwhile.")
        for pilot in stale
        if pilot not in {each for each, _ in refused}
    ]
    left_out = {pilot for pilot, _ in refused}
    labels = form.labels if isinstance(form, FieldForm) else {}
    will = [pilot for pilot in foreseen.will if pilot not in left_out] if foreseen else []
    context = {
        "kind": kind,
        "form": form,
        "pilots": chosen.pilots,
        # Those that changed meanwhile stay so until the person looks again.
        "picks": [
            f"{pilot.key}:{chosen.versions[pilot.pk] if pilot in stale else pilot.version}"
            for pilot in chosen.pilots
        ],
        "left_out": [pilot.key for pilot in left_out],
        "unknown": chosen.unknown,
        "foreseen": foreseen,
        "will": will[:SHOWN],
        "instead": [
            (pilot, foreseen.instead.get(pilot.pk, "") if foreseen else "") for pilot in will[:SHOWN]
        ],
        "will_count": len(will),
        "will_more": max(len(will) - SHOWN, 0),
        "same": foreseen.same if foreseen else [],
        "refused": [named(pilot, sentence) for pilot, sentence in refused[:SHOWN]],
        "refused_count": len(refused),
        "says": words(asked, labels) if asked else "",
        "back": back,
        "back_name": NAME,
    }
    return TemplateResponse(request, "pilots/bulk_edit.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@translating
def bulk_undo(request: UserRequest, edit: uuid.UUID) -> HttpResponseBase:
    """Say what undoing one's change of several pilots would do, and do it."""
    found = get_object_or_404(BulkEdit, pk=edit, made_by=request.user)
    back = way_back(request, reverse("pilots:pilot_list"))
    sentences: list[str] = []
    if request.method == "POST":
        try:
            pilots = undo_many(
                Undo(edit=found, leaving_out=bool(request.POST.get("leave_out"))), by=by_web(request)
            )
        except BulkEdit.DoesNotExist as gone:
            raise Http404 from gone
        except Refused as refused:
            sentences = [reason.sentence for reason in refused.reasons]
        else:
            count = len(pilots)
            messages.success(request, f"{count} {'pilot is' if count == 1 else 'pilots are'} as before.")
            return redirect(back)
        found.refresh_from_db()
    looked = look_back(found, by=by_web(request))
    context = {
        "edit": found,
        "sentences": sentences,
        "back_pilots": [pilot for pilot, _ in looked.back],
        "refused": [named(pilot, sentence) for pilot, sentence in looked.refused],
        "gone": looked.gone,
        "back": back,
        "back_name": NAME,
        "now": timezone.now(),
    }
    return TemplateResponse(request, "pilots/bulk_undo.html", context)
