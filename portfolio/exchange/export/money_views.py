"""The address at which the ledger of a pilot leaves."""

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_GET

from kpis.models import LedgerEntry
from pilots.actions.export import Export, record_export
from pilots.models import Pilot
from pilots.web.http import UserRequest, by_web
from portfolio.exchange.export.answer import answer, file_name, wanted_kind
from portfolio.exchange.export.money import money_table


@require_GET
def pilot_money(request: UserRequest, key: str) -> HttpResponseBase:
    """Write down who took it, and send it."""
    visible = Pilot.objects.visible_to(request.user)
    pilot = get_object_or_404(visible.select_related("program"), key=key)
    kind = wanted_kind(request.GET)
    rows = LedgerEntry.objects.filter(pilot=pilot).count()
    asked = pilot.key.lower()
    export = Export(list="money", format=kind.value, rows=rows, asked=asked, program=pilot.program)
    record_export(export, by=by_web(request))
    name = file_name("money", kind, on=timezone.localdate(), program=asked)
    return answer(money_table(visible.filter(pk=pilot.pk)), kind, name)
