"""Time to production: which share arrives and which stops by each month, and what Kaplan–Meier would say."""

from collections.abc import Sequence
from typing import Any

from pilots.lifecycle import Stage
from portfolio.benchmarks.actions import shown as shown_benchmarks
from portfolio.benchmarks.catalogue import Chart as Place
from portfolio.benchmarks.catalogue import drawable
from portfolio.dashboards.figures import Cell, Chart, Table
from portfolio.flow.lives import End
from portfolio.pace.reading import Reading
from portfolio.pace.sections import time_words as words
from portfolio.pace.sections.counting import percent_of
from portfolio.pace.sections.section import Aside, AsideLine, Section, Shown
from portfolio.pace.sections.silent import silent_points
from portfolio.pace.sections.time_count import Mark, TimeCounted, count_time
from portfolio.pace.sections.time_figure import alone_figure, incidence_figure, name_of
from portfolio.pace.sections.time_steps import steps_of
from portfolio.pace.sections.who import who_is_counted

HEAD = (
    "Month",
    "In production",
    "95 % interval",
    "Stopped",
    "95 % interval of stopped",
    "Still open",
    "At risk",
)
ALONE_HEAD = ("Month", "Kaplan–Meier", "95 % interval", "Cumulative incidence", "At risk")


def shown(reading: Reading) -> Shown:
    if reading.goal is None:
        return Shown([Chart("time", words.NO_GOAL, "", None, None, refused=words.NO_GOAL_WHY)])
    counted = count_time(reading)
    asides = [who_is_counted(reading), *_published(reading)]
    if not counted.is_enough:
        refused = Chart(
            "time",
            words.TOO_FEW,
            f"n = {counted.lives.total:,}.",
            None,
            None,
            refused=words.refusal(counted),
            points=[
                said
                for said in (
                    words.naive(counted.funnel, is_drawn=False),
                    *words.beside(counted),
                    *silent_points(reading),
                )
                if said
            ],
        )
        return Shown([refused], asides)
    return Shown([incidence_chart(counted, silent_points(reading)), alone_chart(counted)], asides)


def incidence_chart(counted: TimeCounted, more: Sequence[str] = ()) -> Chart:
    return Chart(
        code="time",
        finding=words.finding(counted),
        sub=words.sub(counted),
        figure=incidence_figure(counted),
        table=Table(_head(HEAD, counted), [_row(mark, counted) for mark in counted.marks]),
        legend=[("c1", "in production"), ("c2", "stopped")],
        note=words.NOTE,
        points=[*words.points(counted), *more],
    )


def alone_chart(counted: TimeCounted) -> Chart:
    return Chart(
        code="kaplan-meier",
        finding=words.alone_finding(counted),
        sub=words.alone_why(counted),
        figure=alone_figure(counted),
        table=Table(_head(ALONE_HEAD, counted), [_alone_row(mark, counted) for mark in counted.marks]),
    )


def _row(mark: Mark, counted: TimeCounted) -> list[Cell]:
    point = mark.point
    return [
        Cell(name_of(mark, counted), is_number=False),
        Cell(percent_of(point.arrived, 1)),
        Cell(_interval(point.arrived_low, point.arrived_high)),
        Cell(percent_of(point.stopped, 1)),
        Cell(_interval(point.stopped_low, point.stopped_high)),
        Cell(percent_of(mark.open, 1)),
        Cell(f"{point.at_risk:,}"),
    ]


def _alone_row(mark: Mark, counted: TimeCounted) -> list[Cell]:
    return [
        Cell(name_of(mark, counted), is_number=False),
        Cell(percent_of(mark.alone.over, 1)),
        Cell(_interval(mark.alone.low, mark.alone.high)),
        Cell(percent_of(mark.point.arrived, 1)),
        Cell(f"{mark.alone.at_risk:,}"),
    ]


def _head(head: tuple[str, ...], counted: TimeCounted) -> tuple[str, ...]:
    return head if counted.in_months else ("Day", *head[1:])


def _interval(low: float, high: float) -> str:
    return f"{100 * low:.1f}–{100 * high:.1f}"


def _published(reading: Reading) -> list[Aside]:
    """Return published times as text beside the curves: theirs is another clock, over those that arrived."""
    if reading.cohort.entry is not Stage.PILOTING:
        return []
    found = drawable(Place.TIME_TO_PRODUCTION, shown_benchmarks())
    if not found:
        return []
    lines = [AsideLine(one.name, one.said, small=f"Stated by {one.credited}. {one.caveat}") for one in found]
    return [Aside("Published elsewhere", lines, words.PUBLISHED)]


def shape(reading: Reading) -> dict[str, Any]:
    """Return the same numbers; null for what cannot be told."""
    funnel = reading.funnel
    if reading.goal is None:
        return {"goal": None, "enough": False, **_none(), "curve": [], "steps": []}
    counted = count_time(reading)
    lives = counted.lives
    return {
        "goal": reading.goal.value,
        "enough": counted.is_enough,
        "n": lives.total,
        "arrived": lives.ended(End.ARRIVED),
        "stopped": lives.ended(End.STOPPED),
        "open": lives.ended(End.OPEN),
        "end_not_known": lives.unknown,
        "arrived_day_not_known": lives.unknown_arrived,
        "imported": funnel.imported,
        "curve": [_shape_mark(mark) for mark in counted.marks] if counted.is_enough else [],
        "steps": steps_of(counted) if counted.is_enough else [],
    }


def _none() -> dict[str, None]:
    names = ("n", "arrived", "stopped", "open", "end_not_known", "arrived_day_not_known", "imported")
    return dict.fromkeys(names)


def _shape_mark(mark: Mark) -> dict[str, Any]:
    point = mark.point
    return {
        "month": mark.months,
        "day": mark.day,
        "arrived": round(point.arrived, 4),
        "arrived_low": round(point.arrived_low, 4),
        "arrived_high": round(point.arrived_high, 4),
        "stopped": round(point.stopped, 4),
        "stopped_low": round(point.stopped_low, 4),
        "stopped_high": round(point.stopped_high, 4),
        "at_risk": point.at_risk,
        "kaplan_meier": round(mark.alone.over, 4),
        "kaplan_meier_low": round(mark.alone.low, 4),
        "kaplan_meier_high": round(mark.alone.high, 4),
    }


SECTION = Section("time", "Time to production", shown, shape)
