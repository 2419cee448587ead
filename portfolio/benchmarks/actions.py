"""Says which published figures this site shows."""

from django.db import transaction

from pilots.actions.account import require_administrator
from pilots.actions.by import By
from pilots.actions.event import event
from portfolio.benchmarks.catalogue import CATALOGUE, Benchmark
from portfolio.benchmarks.models import Switch

MAY = "say which published figures are shown"


def shown() -> list[Benchmark]:
    """Return the figures that are switched on, in the order of the catalogue; one query."""
    switched = dict(Switch.objects.values_list("code", "is_on"))
    return [one for one in CATALOGUE.values() if switched.get(one.code, one.at_first)]


def switch_benchmark(benchmark: Benchmark, *, is_on: bool, by: By) -> bool:
    """Show a figure or leave it out; return whether that changed anything.

    Raises `Forbidden` for whoever does not run the site.
    """
    require_administrator(by.user, MAY)
    with transaction.atomic():
        row, _ = Switch.objects.select_for_update().get_or_create(
            code=benchmark.code, defaults={"is_on": benchmark.at_first, "changed_at": by.at}
        )
        if row.is_on == is_on:
            return False
        row.is_on, row.changed_by, row.changed_at = is_on, by.user, by.at
        row.save(update_fields=["is_on", "changed_by", "changed_at"])
        event(
            "benchmark.switched",
            by=by,
            subject=benchmark.name,
            before={"on": not is_on},
            after={"on": is_on},
        ).save()
    return True
