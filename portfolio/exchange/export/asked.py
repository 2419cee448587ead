"""The filters behind a file of a dashboard, as lines of it."""

from collections.abc import Iterator

from pilots.web.spoken import months
from portfolio.dashboards import words
from portfolio.dashboards.filters import DESCRIBED, FunnelFilterSet
from portfolio.exchange.export.table import Value


def filters_told(filters: FunnelFilterSet) -> Iterator[list[Value]]:
    """Yield each filter that is on, by its label. They must be valid."""
    read = filters.form.cleaned_data
    for name in DESCRIBED:
        if read.get(name):
            yield [str(filters.filters[name].label), str(read[name])]
    cohort = filters.cohort
    if cohort.cohort_from or cohort.cohort_to:
        yield ["Entered", words.period(cohort.cohort_from, cohort.cohort_to)]
    if cohort.matured_months:
        yield ["Entered at least", f"{months(cohort.matured_months)} before"]
