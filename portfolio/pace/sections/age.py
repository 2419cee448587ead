"""Age of open work: each pilot by the days in its stage, against those that passed the stage."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse

from pilots.models.cohort import Now
from pilots.rules.pace_facts import FEWEST
from pilots.rules.registry import PATTERN_WORDS, Pattern
from pilots.web.spoken import number_word
from portfolio.dashboards import words
from portfolio.dashboards.address import Address
from portfolio.dashboards.figures import Cell, Chart, Table
from portfolio.pace.age_figure import Named, age_figure, is_counted_in_bars
from portfolio.pace.ages import Age, Ages, Late, StageAges, count_ages
from portfolio.pace.reading import Reading
from portfolio.pace.sections.section import Aside, AsideLine, Section, Shown
from portfolio.pace.sections.silent import silent_points

NAMED = 5  # pilots beside the chart
LABELLED = 8  # pilots whose key stands in one stage of the chart
TOLD = 20  # pilots the API names
_LATE_WORDS = {Late.SLOWEST: "slowest 5 %", Late.SLOW: "slowest 15 %", Late.USUAL: ""}
LEGEND = (
    ("dot", "open"),
    ("diamond", "open, above 85 %"),
    ("ring", "on hold, clock paused"),
    ("dash", "half moved on, by estimate"),
    ("zone-1", "slowest 15 %"),
    ("zone-2", "slowest 5 %"),
)


def read_ages(reading: Reading) -> Ages:
    """Return the ages of the pilots of a reading."""
    return count_ages(reading.stays, reading.day, reading.cohort.entry)


def shown(reading: Reading) -> Shown:
    ages = read_ages(reading)
    if not ages.stages:
        return Shown(
            [_refused("Choose a cohort that begins before production to see how old its open work is.")]
        )
    if not any(stage.ages for stage in ages.stages):
        return Shown([_refused(_nobody(ages))])
    names = _names(reading, ages)
    chart = Chart(
        code="age",
        finding=finding(ages),
        sub=_sub(ages),
        figure=age_figure(ages, names),
        table=_table(reading, ages),
        legend=_legend(ages),
        note=" ".join([*_notes(ages), *silent_points(reading)]),
    )
    return Shown([chart], [_oldest(ages, names)])


def _legend(ages: Ages) -> list[tuple[str, str]]:
    """Name what is drawn, and nothing else."""
    drawn = {"dot"}
    if ages.late_count:
        drawn.add("diamond")
    if ages.held_count:
        drawn.add("ring")
    if ages.has_half:
        drawn.add("dash")
    if ages.has_band:
        drawn |= {"zone-1", "zone-2"}
    return [entry for entry in LEGEND if entry[0] in drawn]


def _refused(why: str) -> Chart:
    return Chart("age", "No open work to compare", "", None, None, refused=why)


def _nobody(ages: Ages) -> str:
    undated = ages.undated
    if undated:
        are = "is one pilot" if undated == 1 else f"are {number_word(undated)} pilots"
        return f"There {are} at work or on hold, since a day that nobody knows. Write down when they entered."
    first, last = ages.stages[0].stage.label, ages.stages[-1].stage.label
    return f"No pilot is in a stage from {first} to {last}: nothing waits to move on."


# --- In words -------------------------------------------------------------------------------------


def finding(ages: Ages) -> str:
    """Return what the chart shows: how many are in their stage for longer than most take, by estimate.

    By estimate, since stays that still last count too: it is not the median of those that moved on.
    """
    if ages.has_band:
        return _older(ages.late_count, "85 %")
    if ages.has_half:
        return _older(ages.over_half, "half")
    if ages.open_count == 0:
        return "No pilot is at work; all of them are on hold"
    said = _counted(ages.open_count, "open pilot", "open pilots")
    return f"{said}, and too few have moved on to say which are slow"


def _older(count: int, share: str) -> str:
    if count > 1:
        said = _counted(count, "", "open pilots")
        return f"{said} are in their stage for longer than {share} take, by estimate"
    said = "One" if count else "No"
    return f"{said} open pilot is in its stage for longer than {share} take, by estimate"


def _sub(ages: Ages) -> str:
    held = f", and {number_word(ages.held_count)} on hold" if ages.held_count else ""
    many = "pilot" if ages.open_count == 1 else "pilots"
    said = f"{ages.open_count:,} open {many}{held}, by days in stage, holds left out."
    if not ages.has_band:
        return said
    return f"{said} Bands: your own history, {ages.moved_on:,} stays that ended by moving on."


def _notes(ages: Ages) -> list[str]:
    notes = []
    if ages.has_band:
        notes.append("A band is an estimate that counts the stays that still last too.")
    few = [stage for stage in ages.stages if not stage.curve.is_enough]
    told = [f"{stage.stage.label} ({stage.curve.moved_on})" for stage in few]
    if told:
        notes.append(f"No band where fewer than {number_word(FEWEST)} have moved on: {', '.join(told)}.")
    open_ended = [
        stage.stage.label for stage in ages.stages if stage.curve.is_enough and stage.slow_by is None
    ]
    if open_ended:
        notes.append(f"Not yet to be told by which day 85 % move on: {', '.join(open_ended)}.")
    if ages.undated:
        are = "pilot is" if ages.undated == 1 else "pilots are"
        notes.append(f"{_counted(ages.undated, are, are)} not drawn: nobody knows since when they are there.")
    if ages.earlier:
        went = "pilot went" if ages.earlier == 1 else "pilots went"
        notes.append(f"{_counted(ages.earlier, went, went)} back before the first stage shown.")
    bars = [stage.stage.label for stage in ages.stages if is_counted_in_bars(stage)]
    if bars:
        notes.append(f"Bars count the pilots of {_and(bars)}, where single dots would hide each other.")
    return notes


def _counted(count: int, one: str, many: str) -> str:
    word = number_word(count)
    return f"{word[0].upper()}{word[1:]} {one if count == 1 else many}"


def _and(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


# --- Beside the chart -----------------------------------------------------------------------------


def _oldest(ages: Ages, names: Mapping[int, Named]) -> Aside:
    lines = [
        AsideLine(
            text=names[age.pilot_id].name,
            number=f"{age.days:,} d",
            url=names[age.pilot_id].url,
            small=_small(stage, age, names[age.pilot_id]),
        )
        for stage, age in ages.oldest[:NAMED]
        if age.pilot_id in names
    ]
    return Aside("Oldest for their stage", lines, _closing(ages))


def _small(stage: StageAges, age: Age, named: Named) -> str:
    said = stage.stage.label
    late = _LATE_WORDS[stage.late(age)]
    if late:
        said = f"{said}, {late}"
    return f"{said}. {named.pattern}" if named.pattern else said


def _closing(ages: Ages) -> str:
    worst = ages.waits_longest
    if worst is None:
        return ""
    late, of = len(worst.late_ones), worst.open_count
    are = "is" if late == 1 else "are"
    if of == 1:
        return f"Work waits longest in {worst.stage.label}: its one open pilot is in the slowest 15 %."
    share = f"{number_word(late)} of its {number_word(of)} open pilots {are}"
    return f"Work waits longest in {worst.stage.label}: {share} in the slowest 15 %."


def _names(reading: Reading, ages: Ages) -> dict[int, Named]:
    """Name the pilots that are drawn one by one or listed; one query, whatever their number."""
    wanted = {age.pilot_id for _, age in ages.oldest[: max(NAMED, TOLD)]}
    for stage in ages.stages:
        wanted |= {age.pilot_id for age in stage.late_ones[:LABELLED]}
        if not is_counted_in_bars(stage):
            wanted |= {age.pilot_id for age in stage.ages}
    has_pattern = not reading.cohort.reads_history  # a pattern is known of today only
    rows = reading.filters.pilots.filter(pk__in=wanted).order_by().values_list("pk", "key", "name", "pattern")
    return {
        pk: Named(
            key,
            name,
            reverse("pilots:pilot_detail", args=[key]),
            PATTERN_WORDS[Pattern(pattern)][0] if pattern and has_pattern else "",
        )
        for pk, key, name, pattern in rows
    }


# --- The same numbers ---------------------------------------------------------------------------------


def _table(reading: Reading, ages: Ages) -> Table:
    address = Address.of(reading.filters.form.cleaned_data)
    entry = reading.cohort.entry.value

    def linked(count: int, stage: StageAges, now: Now) -> Cell:
        asks = {"at": (stage.stage.value,), "now": (now.value,)}
        return Cell(f"{count:,}", address.pilots(asks, entry=entry) if count else "")

    head = (
        "Stage",
        "Open",
        "On hold",
        "Day unknown",
        "Half by",
        "85 % by",
        "95 % by",
        "Above 85 %",
        "Above 95 %",
        "Oldest",
        "Moved on",
    )
    rows = [
        (
            Cell(stage.stage.label, is_number=False),
            linked(stage.open_count, stage, Now.OPEN),
            linked(stage.held_count, stage, Now.ON_HOLD),
            Cell(f"{stage.undated_open + stage.undated_held:,}"),
            *(Cell(_day(by)) for by in (stage.half_by, stage.slow_by, stage.slowest_by)),
            Cell(f"{len(stage.late_ones):,}" if stage.slow_by is not None else "–"),
            Cell(f"{_slowest(stage):,}" if stage.slowest_by is not None else "–"),
            Cell(_day(stage.open[0].days if stage.open else None)),
            Cell(f"{stage.curve.moved_on:,}"),
        )
        for stage in ages.stages
    ]
    return Table(head, rows)


def _slowest(stage: StageAges) -> int:
    return sum(stage.late(age) is Late.SLOWEST for age in stage.late_ones)


def _day(by: int | None) -> str:
    return "–" if by is None else f"{by:,} d"


def shape(reading: Reading) -> dict[str, Any]:
    """Return the numbers of the page: per stage, and the pilots that are oldest for theirs."""
    ages = read_ages(reading)
    names = _names(reading, ages)
    return {
        "finding": _found(reading, ages),
        "stages": [_stage_shape(stage) for stage in ages.stages],
        "went_back": ages.earlier,
        "oldest": [
            {
                "pilot": age.pilot_id,
                "key": names[age.pilot_id].key,
                "name": names[age.pilot_id].name,
                "stage": age.stage.value,
                "days": age.days,
                "above": {Late.USUAL: None, Late.SLOW: 85, Late.SLOWEST: 95}[stage.late(age)],
            }
            for stage, age in ages.oldest[:TOLD]
            if age.pilot_id in names
        ],
    }


def _found(reading: Reading, ages: Ages) -> str:
    """Return the finding, or what the page says instead of one."""
    if not reading.funnel.denominator:
        is_filtered = bool(Address.of(reading.filters.form.cleaned_data).asked)
        return words.nothing(reading.funnel, is_filtered=is_filtered)
    if not ages.stages:
        return ""
    return finding(ages) if any(stage.ages for stage in ages.stages) else _nobody(ages)


def _stage_shape(stage: StageAges) -> dict[str, Any]:
    return {
        "stage": stage.stage.value,
        "open": stage.open_count,
        "on_hold": stage.held_count,
        "day_unknown": stage.undated_open + stage.undated_held,
        "open_day_unknown": stage.undated_open,
        "half_by": stage.half_by,
        "slow_by": stage.slow_by,
        "slowest_by": stage.slowest_by,
        "above_half": len(stage.over_half) if stage.half_by is not None else None,
        "above_85": len(stage.late_ones) if stage.slow_by is not None else None,
        "above_95": _slowest(stage) if stage.slowest_by is not None else None,
        "oldest": stage.open[0].days if stage.open else None,
        "moved_on": stage.curve.moved_on,
        "others": stage.curve.others,
    }


SECTION = Section("age", "Age of open work", shown, shape)
