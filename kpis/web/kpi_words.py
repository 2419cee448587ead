"""Where a KPI stands, in sentences."""

from datetime import date
from decimal import Decimal

from kpis.attainment import attainment, breaches, is_better, percent
from kpis.definition import completeness, missing_parts
from kpis.models import Kpi, Measurement
from kpis.noise import difference_within_noise, share_of
from kpis.standing import KpiStanding, attainment_of
from kpis.terms import Direction, KpiKind, Provenance, way_of
from kpis.versions import Moved
from kpis.web.numbers import counted, plain_number, with_unit
from pilots.web.spoken import days, spoken

NO_BASELINE = "Baseline not known, so progress cannot be stated."
PREPARED_ONLY = "Demo evidence only"
NOT_MEASURED = "Not yet measured."
HOW = {
    Provenance.DEMO: "in a demo",
    Provenance.CURATED: "on chosen cases",
    Provenance.SHADOW: "in shadow",
    Provenance.LIMITED: "in limited use",
    Provenance.LIVE: "in live use",
}
HALF = "50 %"


def what_it_is(kpi: Kpi) -> str:
    """Return “Primary, lower is better.”, or its kind where it is not the primary one."""
    name = "Primary" if kpi.is_primary else KpiKind(kpi.kind).label
    if not kpi.direction:
        return f"{name}. Which way is better is not known."
    return f"{name}, {Direction(kpi.direction).label}."


def lacks(kpi: Kpi) -> str:
    """Return “Handling time lacks window and method.”, "" for a complete one."""
    return completeness(kpi.name, missing_parts(kpi))


def target_in_words(kpi: Kpi, *, unit: bool = True) -> str:
    """Return “18 h”, “20 to 40 °C”, or "" where there is a threshold only."""
    if kpi.target is None:
        return ""
    end = with_unit(kpi.target, kpi.unit if unit else "")
    return end if kpi.target_low is None else f"{plain_number(kpi.target_low)} to {end}"


def headline(standing: KpiStanding | None) -> str:
    """Return one sentence about the primary KPI; None is for a pilot without one."""
    if standing is None:
        return "None of them is the primary one yet."
    kpi, reading = standing.kpi, standing.latest_real
    if standing.latest is None:
        return "The primary one is not yet measured."
    if reading is None:
        return "The primary one has demo evidence only."
    how = f"measured {HOW[Provenance(reading.provenance)]}"
    share = attainment_of(kpi, reading)
    if share is None:
        return f"The primary one is {with_unit(reading.value, kpi.unit)}, {how}. {why_no_share(kpi)}"
    return f"The primary one {_how_far(share, is_range=kpi.target_low is not None)}, {how}."


def why_no_share(kpi: Kpi) -> str:
    """Return why no distance from baseline to target is known, "" where one is."""
    if kpi.baseline is None:
        return NO_BASELINE
    if kpi.target is None:
        return "No target is set, so only the threshold is judged."
    if kpi.baseline == kpi.target and kpi.target_low is None:
        return "Baseline and target are the same, so nothing would move."
    if attainment_of_baseline(kpi) == 1:
        return "The baseline is within the range already, so progress cannot be stated."
    return ""


def attainment_of_baseline(kpi: Kpi) -> Decimal | None:
    """Return 0 where there is a distance to go, 1 for a baseline that lies in the range already."""
    return attainment(kpi.baseline, baseline=kpi.baseline, target=kpi.target, low=kpi.target_low)


def _how_far(share: Decimal, *, is_range: bool) -> str:
    if share >= 1:
        return "is within its range" if is_range else _reached(share)
    if share < 0:
        return f"has moved {percent(-share)} of the way away from its target"
    if not share:
        return "is at its baseline"
    words = percent(share)
    return f"is {'half-way' if words == HALF else f'{words} of the way'} from baseline to target"


def _reached(share: Decimal) -> str:
    return "has reached its target" if percent(share) == "100 %" else "is beyond its target"


def progress(standing: KpiStanding) -> str:
    """Return the finding of its bullet: how far the newest reading that counts is."""
    kpi, reading = standing.kpi, shown_reading(standing)
    if reading is None:
        return why_no_share(kpi) or NOT_MEASURED
    share = attainment_of(kpi, reading)
    found = _progress(share, is_range=kpi.target_low is not None) if share is not None else why_no_share(kpi)
    if standing.is_prepared_only:
        found = f"{PREPARED_ONLY}: {found[0].lower()}{found[1:]}"
    return f"{found} {threshold_in_words(kpi, reading)}".strip()


def by_later(standing: KpiStanding, since: Moved | None, today: date) -> str:
    """Return “by the target of Wed 18 Nov” where a reading is older than what it is measured by, else ""."""
    kpi, reading = standing.kpi, shown_reading(standing)
    if reading is None or since is None or reading.measured_at >= since.at:
        return ""
    if attainment_of(kpi, reading) is None:
        return ""
    return f"by the {since.part} of {spoken(reading.kpi.pilot.program.today(since.at), today)}"


def threshold_in_words(kpi: Kpi, reading: Measurement) -> str:
    """Return whether a reading keeps the threshold: said when it does not, or when there is nothing else."""
    way = way_of(kpi.kind, kpi.direction)
    is_broken = breaches(reading.value, threshold=kpi.threshold, direction=way)
    if kpi.threshold is None or is_broken is None:
        return ""
    words = f"the threshold of {with_unit(kpi.threshold, kpi.unit)}"
    if is_broken:
        return f"Worse than {words}."
    return f"It keeps {words}." if kpi.target is None else ""


def _progress(share: Decimal, *, is_range: bool) -> str:
    if share >= 1:
        if is_range:
            return "Within the range."
        return "The target is reached." if share == 1 else f"Beyond the target: {percent(share)} of the way."
    if share < 0:
        return f"Worse than the baseline, by {percent(-share)} of the way to the target."
    return f"{percent(share)} of the way from baseline to target."


def shown_reading(standing: KpiStanding) -> Measurement | None:
    """Return the reading a KPI is judged by: the newest real one, else the newest there is."""
    return standing.latest_real or standing.latest


def course(standing: KpiStanding, today: date) -> str:
    """Return the finding of its run chart: the newest reading, against the one before of the same kind."""
    kpi, reading = standing.kpi, shown_reading(standing)
    if reading is None:
        return "No reading yet."
    provenance = Provenance(reading.provenance)
    day = reading.kpi.pilot.program.today(reading.measured_at)
    now = f"{with_unit(reading.value, kpi.unit)} on {spoken(day, today)}"
    before = standing.previous_by.get(provenance)
    if before is None:
        return f"{now}, the only reading {HOW[provenance]}."
    was = f"{compared(kpi, reading, before)} {with_unit(before.value, kpi.unit)} before"
    return f"{now}, {was}{_noise(kpi, reading, before)}."


def compared(kpi: Kpi, new: Measurement, old: Measurement) -> str:
    """Return “better than”, “worse than”, “as good as”, or “after” where no way is better."""

    def beats(one: Measurement, other: Measurement) -> bool | None:
        return is_better(one.value, other.value, direction=kpi.direction, low=kpi.target_low, high=kpi.target)

    if beats(new, old) is None:
        return "after"
    return "better than" if beats(new, old) else "worse than" if beats(old, new) else "as good as"


def within_noise(kpi: Kpi, new: Measurement, old: Measurement) -> bool | None:
    """Return whether the difference of two rates could be chance; None where nobody can tell."""
    return difference_within_noise(
        share_of(old.value, kpi.unit), old.sample_size, share_of(new.value, kpi.unit), new.sample_size
    )


def _noise(kpi: Kpi, new: Measurement, old: Measurement) -> str:
    return ", inside the noise" if within_noise(kpi, new, old) and new.value != old.value else ""


def overdue(standing: KpiStanding) -> str:
    """Return “9 days overdue”, "" for one that is not."""
    return f"{days(standing.overdue_days)} overdue" if standing.overdue_days else ""


def cases(reading: Measurement) -> str:
    """Return “412 cases”, "" where nobody counted them."""
    return "" if reading.sample_size is None else counted(reading.sample_size, "case")


def drop_in_words(standing: KpiStanding) -> str:
    """Return how much real data differs from the demo, "" where one of both is missing."""
    kpi, prepared, real = standing.kpi, standing.latest_prepared, standing.latest_real
    if prepared is None or real is None:
        return ""
    values = f"{with_unit(prepared.value, kpi.unit)} {HOW[Provenance(prepared.provenance)]}"
    values += f", {with_unit(real.value, kpi.unit)} {HOW[Provenance(real.provenance)]}"
    if standing.drop is None:
        return f"{values[0].upper()}{values[1:]}."
    if not standing.drop:
        return f"Real data gives what the demo gave: {values}."
    unit = "points" if kpi.unit == "%" else kpi.unit
    way = "worse" if standing.drop > 0 else "better"
    return f"Real data is {with_unit(abs(standing.drop), unit)} {way} than the demo: {values}."
