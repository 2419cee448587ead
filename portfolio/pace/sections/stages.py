"""Time in stage: by which day half, 85 % and 95 % of the stays in each stage have ended by moving on."""

from collections.abc import Sequence
from typing import Any

from pilots.lifecycle import Stage
from portfolio.dashboards.address import Address
from portfolio.dashboards.drawing import Axis, Trace, Word, bars, figure, neat_ticks, rule
from portfolio.dashboards.figures import Cell, Chart, Figure, Table
from portfolio.pace.reading import Reading
from portfolio.pace.sections import stages_words as words
from portfolio.pace.sections.section import Section, Shown
from portfolio.pace.sections.silent import silent_points
from portfolio.pace.sections.stages_count import HALF, PLAN_DAYS, SLOW, SLOWEST, StageTime, count_stages

HEAD = (
    "Stage",
    "Moved on",
    "Stopped or retired",
    "Gone back",
    "Still there",
    "Day not known",
    "Half by day",
    "85 % by day",
    "95 % by day",
)
LEFT = 104  # pixels for the names of the stages
HIGH = 0.18  # half the height of a range, of a row
ABOVE = 27  # pixels from the middle of a row to the words over and under it


def counted(reading: Reading) -> list[StageTime]:
    return count_stages(reading.stays, reading.day)


def shown(reading: Reading) -> Shown:
    stages = counted(reading)
    is_told = any(stage.is_enough for stage in stages)
    return Shown(
        [
            Chart(
                code="stages",
                finding=words.finding(stages),
                sub=words.sub(stages, reading.funnel.denominator),
                figure=drawn(stages) if is_told else None,
                table=_table(stages, reading),
                legend=_legend(stages),
                note=words.note(stages),
                refused="" if is_told else words.refusal(stages),
                points=[*words.points(stages), *silent_points(reading)],
            )
        ]
    )


def drawn(stages: Sequence[StageTime]) -> Figure:
    """Return a row per stage from the top: a tick where half moved on, a bar to 85 %, a grey one to 95 %."""
    furthest = max((stage.day_by(each) or 0 for stage in stages for each in (HALF, SLOW, SLOWEST)), default=0)
    ticks = neat_ticks(max(furthest, PLAN_DAYS))
    x = Axis(last=ticks[-1][0] * 1.06, ticks=ticks, title="days in the stage")
    names = [
        (float(row), f"{stage.stage.short_label}<br>{stage.curve.moved_on:,} moved on")
        for row, stage in enumerate(stages)
    ]
    y = Axis(first=len(stages) - 0.5, last=-0.5, ticks=names)
    ranges, shapes, texts = _ranges(stages), [], []
    for row, stage in enumerate(stages):
        half, slow, slowest = (stage.day_by(each) for each in (HALF, SLOW, SLOWEST))
        if half is None:
            texts.append(Word(0, row, words.row_words(stage)))
            continue
        shapes.append(
            {
                "type": "line",
                "x0": half,
                "x1": half,
                "y0": row - HIGH * 1.5,
                "y1": row + HIGH * 1.5,
                "line": {"color": "--chart-1", "width": 3},
            }
        )
        texts.append(Word(half, row, f"half by day {half:,}", "--chart-ink", "center", ABOVE))
        shapes.append(rule((0, half), (row, row), dash="solid"))
        if slow is None:
            # Words at an end move left on a narrow screen; over a short line they would cover the name.
            is_far = half > x.last / 2
            texts.append(Word(half, row, "85 % cannot be told yet", is_end=is_far))
        else:
            texts.append(Word(slow, row, f"85 % by {slow:,}", side="center", up=-ABOVE))
        if slowest is not None:
            texts.append(Word(slowest, row, f"95 % by {slowest:,}", is_end=True))
        if stage.stage is Stage.TRANSITION:
            shapes.append(rule((PLAN_DAYS, PLAN_DAYS), (row - 0.48, row + 0.48), "--chart-ink"))
            texts.append(Word(PLAN_DAYS, row, f"{PLAN_DAYS} days", side="right", up=-ABOVE, away=4))
    return figure(ranges, x, y, shapes=shapes, words=texts, left=LEFT, right=96, has_grid=False)


def _legend(stages: Sequence[StageTime]) -> list[tuple[str, str]]:
    kinds = (("c1-soft", "half to 85 %", SLOW), ("c2-soft", "85 to 95 %", SLOWEST))
    return [(kind, word) for kind, word, to in kinds if any(stage.day_by(to) is not None for stage in stages)]


def _ranges(stages: Sequence[StageTime]) -> list[Trace]:
    found = []
    for name, low, high, colour in (
        ("half to 85 %", HALF, SLOW, "--chart-1-soft"),
        ("85 to 95 %", SLOW, SLOWEST, "--chart-2-soft"),
    ):
        spans = [
            (row, start, end, stage)
            for row, stage in enumerate(stages)
            if (start := stage.day_by(low)) is not None and (end := stage.day_by(high)) is not None
        ]
        found.append(
            bars(
                [end - start for _, start, end, _ in spans],
                [row for row, *_ in spans],
                name=name,
                colour=colour,
                base=[start for _, start, *_ in spans],
                width=2 * HIGH,
                is_horizontal=True,
                hover=[
                    f"{stage.stage.label}: {name} by day {start:,} to {end:,}"
                    for _, start, end, stage in spans
                ],
            )
        )
    return found


def _table(stages: Sequence[StageTime], reading: Reading) -> Table:
    address = Address.of(reading.filters.form.cleaned_data)

    def there(stage: StageTime) -> str:
        asks = {"at": (stage.stage.value,)}
        return address.pilots(asks, entry=reading.cohort.entry.value) if stage.there else ""

    return Table(
        HEAD,
        [
            [
                Cell(stage.stage.label, is_number=False),
                Cell(f"{stage.moved_on:,}"),
                Cell(f"{stage.ended:,}"),
                Cell(f"{stage.back:,}"),
                Cell(f"{stage.there:,}", there(stage)),
                Cell(f"{stage.unknown:,}"),
                *(_day(stage, each) for each in (HALF, SLOW, SLOWEST)),
            ]
            for stage in stages
        ],
    )


def _day(stage: StageTime, percent: int) -> Cell:
    day = stage.day_by(percent)
    if day is not None:
        return Cell(f"{day:,}")
    return Cell("cannot be told yet" if stage.is_enough else "too few")


def shape(reading: Reading) -> dict[str, Any]:
    return {
        "stages": [
            {
                "stage": stage.stage.value,
                "stays": stage.stays,
                "moved_on": stage.moved_on,
                "ended": stage.ended,
                "gone_back": stage.back,
                "still_there": stage.there,
                "day_not_known": stage.unknown,
                "day_by_50": stage.day_by(HALF),
                "day_by_85": stage.day_by(SLOW),
                "day_by_95": stage.day_by(SLOWEST),
                "enough": stage.is_enough,
            }
            for stage in counted(reading)
        ]
    }


SECTION = Section("stages", "Time in stage", shown, shape)
