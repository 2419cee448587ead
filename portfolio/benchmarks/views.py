"""The page on which administrators choose the published figures."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods

from pilots.actions.account import require_administrator
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating
from portfolio.benchmarks.actions import MAY, shown, switch_benchmark
from portfolio.benchmarks.catalogue import CATALOGUE, CONTRADICTIONS, Chart, drawable


@require_http_methods(["GET", "HEAD", "POST"])
@translating
def settings_benchmarks(request: UserRequest) -> HttpResponseBase:
    """Show every figure with what is wrong with it, and switch one."""
    require_administrator(request.user, MAY)
    if request.method == "POST":
        benchmark = CATALOGUE.get(request.POST.get("code", ""))
        if benchmark is None:
            messages.error(request, "There is no such figure. Choose one of those listed.")
            return redirect("benchmarks:settings_benchmarks")
        is_on = request.POST.get("on") == "true"
        switch_benchmark(benchmark, is_on=is_on, by=by_web(request))
        messages.success(request, f"“{benchmark.name}” is {'shown' if is_on else 'left out'} from now on.")
        return redirect("benchmarks:settings_benchmarks")
    on = shown()
    on_funnel = drawable(Chart.FUNNEL, CATALOGUE.values())
    context = {
        "rows": [(one, one in on, one in on_funnel) for one in CATALOGUE.values()],
        "contradictions": CONTRADICTIONS.items(),
    }
    return TemplateResponse(request, "benchmarks/settings.html", context)
