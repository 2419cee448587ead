"""Cumulative flow: how many of a cohort had come how far by the ends of months, and who came and left.

Work in progress is what the funnel calls undecided: neither in production ever, nor ended.
"""

from datetime import date
from typing import Any

from django.db.models import Q

from pilots.lifecycle import MAIN_PATH, Stage
from portfolio.dashboards.address import Address
from portfolio.dashboards.figures import Cell, Chart, Table
from portfolio.dashboards.unspoken import silent_counts
from portfolio.flow.little import Balance, balance
from portfolio.flow.months import Flow, Level
from portfolio.pace.passages import steps_to
from portfolio.pace.reading import Reading
from portfolio.pace.sections import flow_figure as figures
from portfolio.pace.sections import flow_words as words
from portfolio.pace.sections.flow_figure import Band
from portfolio.pace.sections.section import Aside, AsideLine, Section, Shown
from portfolio.pace.sections.silent import told_until

# From the bottom; two tints take turns, so that bands beside each other differ.
LIGHT, LIGHTER = "--chart-1-soft", "--chart-1-band"
HOW_TO_READ = (
    "The top edge is who had come in, the blue tints together are the work in progress, and how far the "
    "edges lie apart sideways is about how long it takes."
)
ROUGH = "A rough day counts from the first day of its period. A month in which nobody came or left has 0."


def shown(reading: Reading) -> Shown:
    if reading.goal is None:
        return Shown([_refused(words.NO_WAY)])
    flow = reading.flow
    if not flow.last.entered:
        return Shown([_refused(words.nobody(reading.cohort.entry))])
    until = told_until(reading.silence, flow, words.LATELY)
    charts = [_cumulative(reading, flow), _progress(flow, until), _turns(flow, until)]
    return Shown(charts, _beside(reading, flow))


def _refused(why: str) -> Chart:
    return Chart("flow", "Nothing is on its way here", "", None, None, refused=why)


def _stages(reading: Reading) -> tuple[Stage, ...]:
    """Return the entry and the steps up to production, as the rows of `Level.ever`."""
    goal = reading.goal or Stage.PRODUCTION
    return (reading.cohort.entry, *steps_to(goal, reading.cohort.entry))


# --- The bands ------------------------------------------------------------------------


def _cumulative(reading: Reading, flow: Flow) -> Chart:
    unheard = silent_counts(reading.silence)
    notes = (
        HOW_TO_READ,
        words.back(_went_back(reading)),
        words.before(flow, reading.cohort.entry),
        words.missing(flow),
    )
    return Chart(
        code="flow",
        finding=words.finding(flow),
        sub=words.sub(flow, reading.cohort.entry),
        figure=figures.cumulative(flow, _bands(reading, flow)),
        table=_levels(reading, flow),
        note=" ".join(note for note in notes if note),
        points=[words.littles_law(balance(flow)), *([unheard] if unheard else [])],
    )


def _went_back(reading: Reading) -> int:
    """Return how many in progress are in a stage before the last one they reached."""
    goal = reading.goal or Stage.PRODUCTION
    is_back = Q()
    for stage in MAIN_PATH[: MAIN_PATH.index(goal)]:
        is_back |= Q(stage_then=stage.value, path_mask__gte=2 * stage.bit)
    return reading.inside.filter(is_back, Q(path_mask__lt=goal.bit)).count()


def _bands(reading: Reading, flow: Flow) -> list[Band]:
    """Return the bands from the bottom: those that left, then those in progress, the furthest first."""
    levels = flow.levels
    stages = _stages(reading)[:-1]
    return [
        Band("In production", [level.arrived for level in levels], "--chart-1", is_strong=True),
        Band("Stopped", [level.stopped for level in levels], "--chart-2-soft", is_strong=True),
        Band("Left, day unknown", [level.unplaced for level in levels], "--chart-zone-2"),
        *(
            Band(stage.short_label, [level.at[place] for level in levels], (LIGHT, LIGHTER)[place % 2])
            for place, stage in reversed(list(enumerate(stages)))
        ),
    ]


def _levels(reading: Reading, flow: Flow) -> Table:
    """Return the levels, what nobody knows the day of, and both together, which are the funnel's numbers."""
    stages = _stages(reading)
    head = ["By the end of", *(stage.short_label for stage in stages), "Stopped", "Unplaced", "In progress"]
    rows = [[Cell(_name(level, flow), is_number=False), *_numbers(level)] for level in flow.levels]
    unknown = [*flow.unknown, flow.unknown_stopped]
    rows.append([Cell("No day", is_number=False), *map(_count, unknown), _none(), _none()])
    rows.append([Cell("In all", is_number=False), *_totals(reading, flow)])
    return Table(head, rows)


def _name(level: Level, flow: Flow) -> str:
    if level is flow.last:
        return f"{level.day.day} {level.day:%b}"
    return words.month_of(level.day)


def _numbers(level: Level) -> list[Cell]:
    counts = (*level.ever, level.stopped, level.unplaced, level.in_progress)
    return [_count(count) for count in counts]


def _totals(reading: Reading, flow: Flow) -> list[Cell]:
    """Return everybody that reached each step, as the funnel counts them, each with its list."""
    address, entry = Address.of(reading.filters.form.cleaned_data), reading.cohort.entry.value

    def listed(count: int, **asks: tuple[str, ...]) -> Cell:
        return Cell(f"{count:,}", address.pilots(asks, entry=entry) if count else "")

    stages, last = _stages(reading), flow.last
    short = tuple(stage.value for stage in stages[:-1])
    return [
        *(
            listed(known + unknown, reached=(stage.value,))
            for stage, known, unknown in zip(stages, last.ever, flow.unknown, strict=True)
        ),
        listed(last.stopped + flow.unknown_stopped, furthest=short, now=("ended",)),
        _none(),
        listed(last.in_progress, furthest=short, now=("open", "on_hold")),
    ]


def _count(count: int) -> Cell:
    return Cell(f"{count:,}")


def _none() -> Cell:
    return Cell("–")


# --- Work in progress, who came and who left --------------------------------------------


def _progress(flow: Flow, until: date | None) -> Chart:
    return Chart(
        code="progress",
        finding=words.progress(flow, until),
        sub="Neither in production ever, nor ended, at the ends of months; on hold counts as in progress.",
        figure=figures.progress(flow),
        table=None,
    )


def _turns(flow: Flow, until: date | None) -> Chart:
    rows = [
        [
            Cell(words.month_of(turn.month.first), is_number=False),
            *map(_count, (turn.came, turn.arrived, turn.stopped, level.in_progress, level.on_hold)),
        ]
        for turn, level in zip(flow.turns, flow.levels[1:], strict=True)
    ]
    running = "" if flow.turns[-1].month.is_whole else " The last month is not over."
    head = ["Month", "Came in", "Reached production", "Stopped", "In progress at its end", "On hold then"]
    return Chart(
        code="turns",
        finding=words.lately(flow, until),
        sub=f"Who came in and who left, by month, on days that are known.{running}",
        figure=figures.turns(flow),
        table=Table(head, rows),
        legend=(("c1-soft", "came in"), ("c1", "reached production"), ("c2", "stopped")),
        note=ROUGH,
    )


def _beside(reading: Reading, flow: Flow) -> list[Aside]:
    """Name the steps that pilots reached on a day nobody knows."""
    lines = [
        AsideLine(stage.label, f"{count:,}")
        for stage, count in zip(_stages(reading), flow.unknown, strict=True)
        if count
    ]
    if flow.unknown_stopped:
        lines.append(AsideLine(Stage.STOPPED.label, f"{flow.unknown_stopped:,}"))
    if not lines:
        return []
    closing = (
        "So many more came there than the bands show; a step counts from the next one whose day is known."
    )
    return [Aside("Day unknown", lines, closing)]


# --- The API ----------------------------------------------------------------------------


def shape(reading: Reading) -> dict[str, Any]:
    """Return the levels, the months and what nobody knows the day of; null where there is no way to go."""
    if reading.goal is None:
        return {"refused": words.NO_WAY, "levels": [], "months": [], "day_unknown": None, "little": None}
    flow, stages = reading.flow, _stages(reading)
    return {
        "refused": None,
        "levels": [_level(level, stages) for level in flow.levels],
        "months": [
            {
                "first": turn.month.first.isoformat(),
                "last": turn.month.last.isoformat(),
                "came": turn.came,
                "arrived": turn.arrived,
                "stopped": turn.stopped,
                "left_day_unknown": turn.unplaced,
            }
            for turn in flow.turns
        ],
        "day_unknown": {
            **{stage.value: count for stage, count in zip(stages, flow.unknown, strict=True)},
            "stopped": flow.unknown_stopped,
        },
        "little": _little(balance(flow)),
    }


def _level(level: Level, stages: tuple[Stage, ...]) -> dict[str, Any]:
    return {
        "day": level.day.isoformat(),
        "ever": {stage.value: count for stage, count in zip(stages, level.ever, strict=True)},
        "in_progress_at": {stage.value: count for stage, count in zip(stages, level.at, strict=False)},
        "in_progress": level.in_progress,
        "on_hold": level.on_hold,
        "arrived": level.arrived,
        "stopped": level.stopped,
        "left_day_unknown": level.unplaced,
    }


def _little(found: Balance | None) -> dict[str, Any] | None:
    if found is None:
        return None
    mean = found.months_on_the_way
    return {
        "came": found.came,
        "left": found.left,
        "average_in_progress": round(found.average, 2),
        "is_steady": found.is_steady,
        "mean_months": None if mean is None else round(mean, 2),
    }


SECTION = Section("flow", "Cumulative flow", shown, shape)
