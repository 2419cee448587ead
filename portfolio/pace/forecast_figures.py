"""Draws forecast intervals: a row for each quarter, the interval as a bar, what came as a dot on it."""

from collections.abc import Sequence

from portfolio.dashboards import drawing
from portfolio.dashboards.drawing import Axis, Word
from portfolio.dashboards.figures import Figure, plain
from portfolio.pace.outlook import Outlook
from portfolio.pace.scored import Scored

MOST = 12  # quarters drawn; the table has all
HIGH = 0.5  # of a row
ROW = 26  # pixels


def next_figure(ahead: Outlook) -> Figure | None:
    """Return the interval of the next quarter over all that could come."""
    said = ahead.interval
    if said is None:
        return None
    hover = f"{ahead.quarter}: {said.low:,} to {said.high:,}, the middle is {said.middle:,}"
    last = max(said.high * 2, 4)
    ticks = drawing.neat_ticks(last)
    x = Axis(ticks[-1][0], ticks, first=-ticks[-1][0] / 50, title="pilots entering production")
    return drawing.figure(
        [_interval([said.low], [said.high], [0], [hover]), _middle(said.middle)],
        x,
        Axis(0.6, [(0, str(ahead.quarter))], first=-0.6),
        height=drawing.SHORT,
        left=72,
        words=[_said(said.low, said.high, 0)],
        has_grid=False,
    )


def past_figure(rows: Sequence[Scored]) -> Figure:
    """Return the newest forecasts from the top, each with what came once that is known."""
    drawn = list(rows)[:MOST]
    places = [len(drawn) - 1 - place for place in range(len(drawn))]
    lows, highs = [one.row.low for one in drawn], [one.row.high for one in drawn]
    last = max([*highs, *(one.came or 0 for one in drawn), 4])
    ticks = drawing.neat_ticks(last)
    names = [(place, plain(_name(one, drawn))) for place, one in zip(places, drawn, strict=True)]
    came = [(one.came, place, one) for place, one in zip(places, drawn, strict=True) if one.came is not None]
    traces = [_interval(lows, highs, places, [plain(_hover(one)) for one in drawn])]
    for is_held, colour in ((True, "--chart-1"), (False, "--chart-ink")):
        found = [(at, place, one) for at, place, one in came if (one.is_held is not False) is is_held]
        traces.append(
            drawing.dots(
                [at for at, _, _ in found],
                [place for _, place, _ in found],
                name="came" if is_held else "came, outside",
                colour=colour,
                is_hollow=not is_held,
                hover=[plain(_hover(one)) for _, _, one in found],
            )
        )
    words = [
        Word(max(at, one.row.high), place, f"{at:,} came{'' if one.is_held else ', outside'}", away=14)
        for at, place, one in came
        if one.is_held is not None
    ]
    return drawing.figure(
        traces,
        Axis(ticks[-1][0] * 1.25, ticks, first=-ticks[-1][0] / 50, title="pilots entering production"),
        Axis(len(drawn) - 0.4, names, first=-0.6),
        height=max(drawing.SHORT, ROW * len(drawn) + drawing.TOP + drawing.BOTTOM),
        left=72 if all(" · " not in name for _, name in names) else 190,
        words=words,
        has_grid=False,
        meta={"widens": True},
    )


def _interval(
    lows: Sequence[int], highs: Sequence[int], places: Sequence[int], hover: Sequence[str]
) -> drawing.Trace:
    """An interval of one number is drawn as wide as a line."""
    return drawing.bars(
        [max(high - low, 0.06) for low, high in zip(lows, highs, strict=True)],
        list(places),
        name="interval",
        colour="--chart-1-soft",
        base=list(lows),
        width=HIGH,
        is_horizontal=True,
        hover=hover,
    )


def _middle(at: float) -> drawing.Trace:
    return drawing.line([at, at], [-HIGH / 2, HIGH / 2], name="middle")


def _said(low: int, high: int, place: float) -> Word:
    text = f"{low:,}" if low == high else f"{low:,} to {high:,}"
    return Word(high, place, text, colour="--chart-1", away=12, is_strong=True)


def _name(scored: Scored, drawn: Sequence[Scored]) -> str:
    """The quarter, with what it is of where that is not the same for all."""
    of = {one.row.of for one in drawn}
    name = scored.row.of if len(scored.row.of) <= 18 else f"{scored.row.of[:17]}…"
    return f"{scored.row.when} · {name}" if len(of) > 1 else str(scored.row.when)


def _hover(scored: Scored) -> str:
    row = scored.row
    said = f"{row.when}, {row.of}: {row.low:,} to {row.high:,} of {row.open:,}"
    return said if scored.came is None else f"{said}; {scored.came:,} came"
