"""Endings: why pilots ended, and how long those that reached production run."""

from typing import Any

from pilots.lifecycle import Stage
from pilots.models.cohort import Now
from pilots.web.spoken import months
from portfolio.dashboards.address import Address
from portfolio.dashboards.drawing import (
    NORMAL,
    SHORT,
    Axis,
    Word,
    band,
    bars,
    figure,
    neat_ticks,
    share_ticks,
    step_line,
)
from portfolio.dashboards.figures import Cell, Chart, Figure, Table
from portfolio.pace.reading import Reading
from portfolio.pace.sections import ends_words as words
from portfolio.pace.sections.counting import MONTH, percent_of
from portfolio.pace.sections.ends_count import YEARS, Causes, Runs, count_causes, count_runs
from portfolio.pace.sections.section import Aside, AsideLine, Section, Shown

CAUSES_HEAD = ("Cause", "Stopped", "Retired", "Together")
RUNS_HEAD = ("After", "Still run", "95 % interval", "At risk")
KINDS = (("c2", "stopped", Stage.STOPPED), ("c2-soft", "retired", Stage.RETIRED))
NAMES = 260  # pixels for the words of a cause
HALF_YEAR = 183


def shown(reading: Reading) -> Shown:
    causes, of = count_causes(reading), reading.funnel.denominator
    asides = [_ended(reading, causes)] if causes.total else []
    return Shown([causes_chart(causes, of), runs_chart(count_runs(reading))], asides)


def causes_chart(causes: Causes, of: int) -> Chart:
    is_told = bool(causes.ranked)
    return Chart(
        code="causes",
        finding=words.causes_finding(causes, of),
        sub=words.causes_sub(causes, of) if causes.total else "",
        figure=_causes_figure(causes) if is_told else None,
        table=_causes_table(causes) if is_told else None,
        legend=[(kind, word) for kind, word, stage in KINDS if causes.ended.get(stage)] if is_told else [],
        note=words.CAUSES_NOTE if is_told else "",
        refused="" if is_told else words.causes_refused(causes),
    )


def _causes_figure(causes: Causes) -> Figure:
    """Return a bar per cause, the commonest on top, in two parts with the sum behind them."""
    ranked = causes.ranked
    ticks = neat_ticks(ranked[0][1])
    rows = list(range(len(ranked)))
    names = [(float(row), cause.label) for row, (cause, _) in enumerate(ranked)]
    stopped = [causes.told.get((cause, Stage.STOPPED), 0) for cause, _ in ranked]
    retired = [causes.told.get((cause, Stage.RETIRED), 0) for cause, _ in ranked]
    traces = [
        bars(
            counts,
            rows,
            name=name,
            colour=colour,
            base=base,
            width=0.56,
            is_horizontal=True,
            hover=[
                f"{cause.label}: {count:,} {name}" for (cause, _), count in zip(ranked, counts, strict=True)
            ],
        )
        for name, colour, counts, base in (
            ("stopped", "--chart-2", stopped, [0] * len(rows)),
            ("retired", "--chart-2-soft", retired, stopped),
        )
    ]
    return figure(
        traces,
        Axis(last=ticks[-1][0] * 1.08, ticks=ticks, title="pilots"),
        Axis(first=len(rows) - 0.5, last=-0.5, ticks=names),
        height=SHORT if len(rows) < 5 else NORMAL,
        words=[Word(count, row, f"{count:,}", "--chart-ink") for row, (_, count) in enumerate(ranked)],
        left=NAMES,
        right=24,
        has_grid=False,
        barmode="overlay",
    )


def _causes_table(causes: Causes) -> Table:
    def row(name: str, stopped: int, retired: int) -> list[Cell]:
        numbers = (stopped, retired, stopped + retired)
        return [Cell(name, is_number=False), *(Cell(f"{number:,}") for number in numbers)]

    told = [
        row(
            cause.label,
            causes.told.get((cause, Stage.STOPPED), 0),
            causes.told.get((cause, Stage.RETIRED), 0),
        )
        for cause, _ in causes.ranked
    ]
    ended = {stage: causes.ended.get(stage, 0) for stage in (Stage.STOPPED, Stage.RETIRED)}
    without = {
        stage: count - sum(many for (_, at), many in causes.told.items() if at is stage)
        for stage, count in ended.items()
    }
    return Table(
        CAUSES_HEAD,
        [
            *told,
            row("Nobody said why", without[Stage.STOPPED], without[Stage.RETIRED]),
            row("Ended", ended[Stage.STOPPED], ended[Stage.RETIRED]),
        ],
    )


def _ended(reading: Reading, causes: Causes) -> Aside:
    address = Address.of(reading.filters.form.cleaned_data)
    entry = reading.cohort.entry.value
    lines = [
        AsideLine(
            stage.label,
            f"{causes.ended[stage]:,}",
            address.pilots({"at": (stage.value,), "now": (Now.ENDED.value,)}, entry=entry),
        )
        for stage in (Stage.STOPPED, Stage.RETIRED)
        if causes.ended.get(stage)
    ]
    return Aside("Who ended", lines, "What each left behind, its lessons among it, is on its page.")


def runs_chart(runs: Runs) -> Chart:
    if not runs.is_enough:
        return Chart(
            "runs", "How long pilots run in production", "", None, None, refused=words.runs_refused(runs)
        )
    return Chart(
        code="runs",
        finding=words.runs_finding(runs),
        sub=words.runs_sub(runs),
        figure=_runs_figure(runs),
        table=Table(RUNS_HEAD, [_mark(runs, day) for day in _days(runs)]),
        note=words.RUNS_NOTE,
        points=words.runs_points(runs),
    )


def _days(runs: Runs) -> list[int]:
    """Return half-yearly or yearly days up to the last one that is drawn, and that day itself."""
    last = runs.curve.last_day
    step = HALF_YEAR if last <= YEARS[-1] else YEARS[0]
    return [*range(step, last, step), last]


def _months(day: int) -> str:
    return months(round(day / MONTH))


def _mark(runs: Runs, day: int) -> list[Cell]:
    point = runs.curve.at(day)
    return [
        Cell(_months(day), is_number=False),
        Cell(percent_of(1 - point.over, 1)),
        Cell(f"{100 * (1 - point.high):.1f}–{100 * (1 - point.low):.1f}"),
        Cell(f"{point.at_risk:,}"),
    ]


def _ticks(last: int) -> list[tuple[float, str]]:
    """Return the years that the rows ask about; of a long axis so few that their words keep apart."""
    if last <= 2 * YEARS[-1]:
        return [(float(day), _months(day)) for day in (0, *YEARS) if day <= last]
    step = next(years for years in (2, 5, 10, 25, 100) if last <= 6 * years * YEARS[0])
    whole = range(step, last // YEARS[0] + 1, step)
    return [(0.0, "0"), *((float(years * YEARS[0]), f"{years} years") for years in whole)]


def _runs_figure(runs: Runs) -> Figure:
    curve, last = runs.curve, runs.curve.last_day
    days = [0, *(day for day in curve.days if 0 < day <= last), last]
    points = [curve.at(day) for day in days]
    running = [1 - point.over for point in points]
    hover = [
        f"{percent_of(share, 1)} still run after {_months(day)}"
        for share, day in zip(running, days, strict=True)
    ]
    low, high = [1 - point.high for point in points], [1 - point.low for point in points]
    ends = _ticks(last)
    return figure(
        [
            *band(days, low, high, name="95 % interval"),
            step_line(days, running, name="still run", hover=hover),
        ],
        Axis(last=max(last, 1), ticks=ends, title="since the first day in production"),
        Axis(last=1.02, ticks=share_ticks(1)),
        words=[
            Word(
                last,
                running[-1],
                f"{percent_of(running[-1])} still run",
                "--chart-1",
                is_end=True,
                key="--chart-1",
            )
        ],
        right=120,
    )


def shape(reading: Reading) -> dict[str, Any]:
    causes, runs = count_causes(reading), count_runs(reading)
    return {
        "ended": {stage.value: causes.ended.get(stage, 0) for stage in (Stage.STOPPED, Stage.RETIRED)},
        "untold": causes.untold,
        "causes": [
            {
                "cause": cause.value,
                "stopped": causes.told.get((cause, Stage.STOPPED), 0),
                "retired": causes.told.get((cause, Stage.RETIRED), 0),
            }
            for cause, _ in causes.ranked
        ],
        "running": {
            "total": runs.total,
            "retired": runs.retired,
            "unknown": runs.unknown,
            "after": [_shape_run(runs, day) for day in YEARS] if runs.is_enough else [],
        },
    }


def _shape_run(runs: Runs, day: int) -> dict[str, Any]:
    running = runs.running(day)
    share, low, high, at_risk = running or (None, None, None, runs.curve.at_risk_on(day))
    return {"days": day, "share": share, "low": low, "high": high, "at_risk": at_risk}


SECTION = Section("ends", "Endings", shown, shape)
