"""Draws the ages: a column per stage, a dot per pilot, behind it the days that most of those before took.

A pilot above 85 % is a diamond in another colour, one on hold a ring: shape says what colour says. More
pilots than `MOST` in a stage, or more side by side than fit, are counted by bars of so many days.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from portfolio.dashboards.drawing import (
    TALL,
    TOP,
    Axis,
    Trace,
    Word,
    a_line,
    bars,
    dots,
    figure,
    neat_ticks,
    rule,
    zone,
)
from portfolio.dashboards.figures import Figure, plain
from portfolio.pace.ages import Age, Ages, Late, StageAges

MOST = 150  # dots in one stage
LANES = 7  # dots side by side
LANE, FIRST_LANE = 0.075, 0.14  # of a column
BOTTOM = 64  # the stage, the open ones, those on hold
DOT = 10  # pixels
BINS = 30  # bars in a column
BAR_FROM, BAR_LENGTH = 0.04, 0.58  # of a column
HOVERED = 90  # characters of a name that are said
INSET = 0.02


@dataclass(frozen=True)
class Named:
    """Who a dot is."""

    key: str
    name: str
    url: str
    pattern: str = ""


def is_counted_in_bars(stage: StageAges) -> bool:
    """Whether so many are in a stage that bars count them."""
    return len(stage.ages) > MOST


@dataclass(frozen=True)
class _Spot:
    x: float
    age: Age
    late: Late


def age_figure(ages: Ages, names: Mapping[int, Named]) -> Figure:
    """Return the figure; `names` holds everybody who is drawn as a dot."""
    y = _days_axis(ages)
    traces: list[Trace] = []
    words: list[Word] = []
    shapes: list[dict[str, Any]] = []
    spots: list[_Spot] = []
    for place, stage in enumerate(ages.stages):
        shapes += _bands(place, stage, y)
        words += _band_words(place, stage, y, is_first=place == 0)
        words += _count_words(place, stage)
        if is_counted_in_bars(stage):
            traces += _counted(place, stage, y)
            words += _above_words(place, stage, y)
            continue
        own = _spread(place, stage, y)
        spots += own
        words += _late_words(own, names, y)
    traces += _dots(spots, names)
    x = Axis(
        len(ages.stages), [(place + 0.5, stage.stage.short_label) for place, stage in enumerate(ages.stages)]
    )
    return figure(
        traces,
        x,
        y,
        height=TALL,
        words=words,
        shapes=shapes,
        bottom=BOTTOM,
        has_grid=False,
        barmode="overlay",
    )


def _days_axis(ages: Ages) -> Axis:
    slow = [stage.slowest_by or stage.slow_by or stage.half_by or 0 for stage in ages.stages]
    ticks = neat_ticks(max([ages.longest, *(1.15 * by for by in slow), 10]), about=6)
    return Axis(ticks[-1][0], ticks)


# --- Behind the pilots --------------------------------------------------------------------------


def _bands(place: int, stage: StageAges, y: Axis) -> list[dict[str, Any]]:
    column = (place + INSET, place + 1 - INSET)
    found = []
    if stage.slow_by is not None:
        found.append(zone(column, (stage.slow_by, stage.slowest_by or y.last), "--chart-zone-1"))
    if stage.slowest_by is not None:
        found.append(zone(column, (stage.slowest_by, y.last), "--chart-zone-2"))
    if stage.half_by is not None:
        found.append(rule(column, (stage.half_by, stage.half_by)))
    return found


def _band_words(place: int, stage: StageAges, y: Axis, *, is_first: bool) -> list[Word]:
    """Say the days under each line, right in the column; where two lie too near, the lower one goes."""
    least, told, words = a_line(y, TALL, BOTTOM), y.last * 2, []
    for lead, by in (
        ("95 % by ", stage.slowest_by),
        ("85 % by ", stage.slow_by),
        ("half by ", stage.half_by),
    ):
        if by is None or told - by < least:
            continue
        told = by
        up = -9.0 if by > least else 9.0
        day = f"{by:,} d"
        at = Word(place + 1 - INSET, by, day, side="right", up=up, colour="--text-3", away=5, only="narrow")
        words += [at, replace(at, text=f"{lead}{day}" if is_first else day, only="wide")]
    return words


def _count_words(place: int, stage: StageAges) -> list[Word]:
    lines = [f"{stage.open_count:,} open"]
    if stage.held_count:
        lines.append(f"{stage.held_count:,} on hold")
    return [
        Word(place + 0.5, 0, line, side="center", up=-30 - 15 * number, colour="--text-3")
        for number, line in enumerate(lines)
    ]


# --- One by one ---------------------------------------------------------------------------------


def _spread(place: int, stage: StageAges, y: Axis) -> list[_Spot]:
    """Put each pilot at its days, beside the others of about the same age."""
    height = y.last * DOT / (TALL - TOP - BOTTOM)
    last_in: list[float] = []
    found = []
    for age in stage.ages:
        free = next((lane for lane, at in enumerate(last_in) if at - age.days >= height), None)
        if free is None and len(last_in) < LANES:
            free = len(last_in)
            last_in.append(age.days)
        elif free is None:
            # More than fit: they share the lane whose dot is farthest away.
            free = max(range(len(last_in)), key=last_in.__getitem__)
        last_in[free] = age.days
        found.append(_Spot(place + FIRST_LANE + LANE * free, age, stage.late(age)))
    return found


def _late_words(spots: Sequence[_Spot], names: Mapping[int, Named], y: Axis) -> list[Word]:
    """Write key and days beside late pilots, the oldest first, as long as no two words touch."""
    least, told, words = a_line(y, TALL, BOTTOM) * 0.9, y.last * 2, []
    for spot in spots:
        if not spot.late or spot.age.pilot_id not in names or told - spot.age.days < least:
            continue
        told = spot.age.days
        beside = max(other.x for other in spots if abs(other.age.days - spot.age.days) < least)
        text = f"{plain(names[spot.age.pilot_id].key)}  {spot.age.days:,} d"
        words.append(Word(beside, spot.age.days, text, colour="--chart-ink", away=9, only="wide"))
    return words


def _dots(spots: Sequence[_Spot], names: Mapping[int, Named]) -> list[Trace]:
    kinds: tuple[tuple[Callable[[_Spot], bool], dict[str, Any]], ...] = (
        (
            lambda spot: spot.age.is_held,
            {"name": "on hold", "colour": "--hold", "size": 9, "is_hollow": True},
        ),
        (lambda spot: not spot.age.is_held and not spot.late, {"name": "open", "size": DOT}),
        (
            lambda spot: bool(spot.late),
            {"name": "above 85 %", "colour": "--stall", "size": 11, "symbol": "diamond"},
        ),
    )
    traces = []
    for is_kind, look in kinds:
        own = [spot for spot in spots if is_kind(spot) and spot.age.pilot_id in names]
        if own:
            traces.append(
                dots(
                    [round(spot.x, 3) for spot in own],
                    [spot.age.days for spot in own],
                    hover=[_said(spot, names[spot.age.pilot_id]) for spot in own],
                    urls=[names[spot.age.pilot_id].url for spot in own],
                    **look,
                )
            )
    return traces


def _said(spot: _Spot, named: Named) -> str:
    name = named.name if len(named.name) <= HOVERED else f"{named.name[:HOVERED]}…"
    held = ", on hold" if spot.age.is_held else ""
    return f"{plain(name)}: {spot.age.days:,} days in {spot.age.stage.label}{held}"


# --- By bars --------------------------------------------------------------------------------------


def _counted(place: int, stage: StageAges, y: Axis) -> list[Trace]:
    """Count pilots by so many days: those at work, those above 85 %, those on hold, beside each other."""
    step = _step(y)
    kinds = ("open", "above 85 %", "on hold")
    counts: dict[int, list[int]] = {}
    for age in stage.ages:
        kind = 2 if age.is_held else 1 if stage.late(age) else 0
        counts.setdefault(age.days // step, [0, 0, 0])[kind] += 1
    most = max(sum(parts) for parts in counts.values())
    looks: tuple[dict[str, Any], ...] = (
        {"colour": "--chart-1"},
        {"colour": "--stall"},
        {"colour": "--chart-hatch", "is_hatched": True},
    )
    traces = []
    for kind, (name, look) in enumerate(zip(kinds, looks, strict=True)):
        rows = sorted((number, parts) for number, parts in counts.items() if parts[kind])
        if rows:
            traces.append(
                bars(
                    [round(BAR_LENGTH * parts[kind] / most, 4) for _, parts in rows],
                    [number * step + step / 2 for number, _ in rows],
                    name=name,
                    is_horizontal=True,
                    base=[
                        round(place + BAR_FROM + BAR_LENGTH * sum(parts[:kind]) / most, 4)
                        for _, parts in rows
                    ],
                    width=step,
                    hover=[
                        f"{stage.stage.label}, {number * step:,} to {number * step + step - 1:,} days: "
                        f"{parts[kind]:,} {name}"
                        for number, parts in rows
                    ],
                    **look,
                )
            )
    return traces


def _step(y: Axis) -> int:
    return next(
        step for step in (1, 2, 5, 7, 10, 14, 20, 30, 50, 100, 200, ceil(y.last)) if y.last / step <= BINS
    )


def _above_words(place: int, stage: StageAges, y: Axis) -> list[Word]:
    if not stage.late_ones:
        return []
    text = f"{len(stage.late_ones):,} above 85 %"
    at = min(stage.late_ones[0].days + a_line(y, TALL, BOTTOM), y.last * 0.97)
    return [Word(place + BAR_FROM, at, text, colour="--chart-ink", away=0, only="wide")]
