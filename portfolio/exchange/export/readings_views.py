"""The address at which the readings of a pilot leave."""

from django.http import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_GET

from kpis.models import Measurement
from pilots.actions.export import Export, record_export
from pilots.views.find import find_pilot
from pilots.web.http import UserRequest, by_web
from portfolio.exchange.export.answer import answer, file_name, wanted_kind
from portfolio.exchange.export.readings import readings_table


@require_GET
def pilot_readings(request: UserRequest, key: str) -> HttpResponseBase:
    """Write down who took them, and send them."""
    pilot, _ = find_pilot(request, key)
    kind, named = wanted_kind(request.GET), pilot.key.lower()
    rows = Measurement.objects.filter(kpi__pilot=pilot).count()
    export = Export(list="readings", format=kind.value, rows=rows, asked=named, program=pilot.program)
    record_export(export, by=by_web(request))
    return answer(
        readings_table(pilot), kind, file_name("readings", kind, on=timezone.localdate(), program=named)
    )
