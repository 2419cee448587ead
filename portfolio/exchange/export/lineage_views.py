"""The addresses at which lineage leaves: that of one pilot, and that of all a person may see."""

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_GET

from pilots.access.models import Program
from pilots.actions.export import Export, record_export
from pilots.models import Connection, Pilot, PilotQuerySet
from pilots.web.http import UserRequest, by_web
from portfolio.exchange.export.answer import answer, file_name, wanted_kind
from portfolio.exchange.export.lineage import lineage_table


@require_GET
def pilot_lineage(request: UserRequest, key: str) -> HttpResponseBase:
    visible = Pilot.objects.visible_to(request.user)
    pilot = get_object_or_404(visible.select_related("program"), key=key)
    return _sent(request, visible.filter(pk=pilot.pk), pilot.program, named=pilot.key.lower())


@require_GET
def lineage(request: UserRequest) -> HttpResponseBase:
    """Export the lineage of a program's pilots, or of all programs where the address names none."""
    slug = request.GET.get("program", "")
    programs = Program.objects.visible_to(request.user)
    program = get_object_or_404(programs, slug=slug) if slug else None
    pilots = Pilot.objects.visible_to(request.user)
    wanted = pilots.filter(program=program) if program else pilots.apart_from_sample(request.user)
    return _sent(request, wanted, program, named=program.slug if program else "")


def _sent(
    request: UserRequest, pilots: PilotQuerySet, program: Program | None, *, named: str
) -> HttpResponseBase:
    """Write down who took it, and send it."""
    kind = wanted_kind(request.GET)
    rows = Connection.objects.filter(pilot__in=pilots.order_by().values("pk")).count()
    export = Export(list="lineage", format=kind.value, rows=rows, asked=named, program=program)
    record_export(export, by=by_web(request))
    name = file_name("lineage", kind, on=timezone.localdate(), program=named)
    return answer(lineage_table(pilots), kind, name)
