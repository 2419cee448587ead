"""Words the parts of a pack that come from Pace: age of work, time to production, the forecast."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from pilots.lifecycle import Stage
from pilots.rules.pace_facts import FEWEST
from portfolio.pace.sections.counting import MONTH, day_of
from portfolio.pace.sections.time_count import MOST_TICKS
from portfolio.steering.out.document import Bars, Block, Look, Part, Path, Paths, Rows, Series, Words

ROWS = 8  # about so many months stand in the table under the curve
Content = Mapping[str, Any]
_TICKS = (1, 2, 3, 6, 12, 24, 60, 120, 360)


def pace_parts(content: Content) -> list[Part]:
    """Return what Pace found, a part for each section that a pack keeps."""
    found = (age_part(content), time_part(content), forecast_part(content))
    return [part for part in found if part]


def age_part(content: Content) -> Part | None:
    return _part(content.get("age"), "age", "Age of work")


def time_part(content: Content) -> Part | None:
    return _part(content.get("time"), "time", "Time to production")


def forecast_part(content: Content) -> Part | None:
    return _part(content.get("forecast"), "forecast", "Forecast")


def _part(kept: Content | None, code: str, kind: str) -> Part | None:
    """Return what a section found first as the title, its other findings and what it refused as words."""
    if not kept or not kept["findings"]:
        return None
    first, *others = kept["findings"]
    blocks: list[Block] = list(_drawn(code, kept["numbers"]))
    said = [first["refused"], first["note"]]
    for other in others:
        said += [_sentence(other["finding"]), other["refused"], other["note"]]
    words = [text for text in said if text]
    if words:
        blocks.append(Words(words))
    return Part(code, kind, first["finding"] or first["refused"], first["sub"], blocks)


def _sentence(text: str) -> str:
    return text if not text or text.endswith((".", "?", "!")) else f"{text}."


def _drawn(code: str, numbers: Content) -> Sequence[Block]:
    return {"age": _age, "time": _time, "forecast": _forecast}[code](numbers)


# --- Age of open work ------------------------------------------------------------------------------


def _age(numbers: Content) -> list[Block]:
    stages = numbers["stages"]
    if not stages:
        return []
    chart = _age_bars(stages)
    table = Rows(
        "Age of open work, in days",
        ("Stage", "Open", "On hold", "Half move on by", "85 % by", "95 % by", "Oldest"),
        [
            (
                _label(stage),
                *(
                    _days(stage[field])
                    for field in ("open", "on_hold", "half_by", "slow_by", "slowest_by", "oldest")
                ),
            )
            for stage in stages
        ],
        numbers=frozenset(range(1, 7)),
    )
    by_stage = {stage["stage"]: stage for stage in stages}
    return [chart, table, *_oldest(numbers["oldest"], by_stage)]


def _age_bars(stages: Sequence[Content]) -> Bars:
    """Draw the open pilots against the day by which 85 % move on, else half; without what is 0 everywhere."""
    fields, series = _AGE_BANDS if any(stage["slow_by"] is not None for stage in stages) else _AGE_HALF
    counts = [_split(stage, fields) for stage in stages]
    drawn = [
        Series(name, look, values)
        for (name, look), values in zip(series, zip(*counts, strict=True), strict=True)
        if any(values)
    ]
    return Bars(
        "Open pilots by stage, and how many are there longer than most take to move on",
        [_label(stage) for stage in stages],
        drawn,
        [f"{stage['open']:,} open" for stage in stages],
    )


# The numbers of a stage that are passed one after the other, and what stands between them.
_AGE_BANDS = (
    ("above_85", "above_95"),
    (
        ("Less than 85 % take", Look.SOFT),
        ("Longer than 85 % take", Look.MAIN),
        ("Longer than 95 %", Look.REST),
        ("Not told yet", Look.HATCH),
        ("Day not known", Look.THIN),
    ),
)
_AGE_HALF = (
    ("above_half",),
    (
        ("Less than half take", Look.SOFT),
        ("Longer than half take", Look.MAIN),
        ("Not told yet", Look.HATCH),
        ("Day not known", Look.THIN),
    ),
)


def _split(stage: Content, fields: Sequence[str]) -> list[int]:
    """Return the open pilots of a stage parted by these limits, then those that nobody can tell.

    Last are those that are there since an unknown day: of no age, so not of a usual one either.
    """
    undated = stage.get("open_day_unknown", 0)
    dated = stage["open"] - undated
    if stage.get(fields[0]) is None:
        return [0, *(0 for _ in fields), dated, undated]
    above = [dated, *(stage[field] or 0 for field in fields), 0]
    return [*(more - fewer for more, fewer in pairwise(above)), 0, undated]


def _oldest(rows: Sequence[Content], stages: Mapping[str, Content]) -> list[Block]:
    """Return the oldest by name, where pilots may be named, each beside what its stage usually takes."""
    named = [row for row in rows if row.get("name")]
    if not named:
        return []
    cells = [
        (f"{row['name']} ({row['key']})", _label(row), _days(row["days"]), _beside(row, stages[row["stage"]]))
        for row in named
    ]
    head = ("Pilot", "Stage", "Days in stage", "Longer than it takes")
    return [Rows("The oldest for their stage", head, cells, numbers=frozenset({2}))]


def _beside(row: Content, stage: Content) -> str:
    if row["above"]:
        return f"{row['above']} %"
    if stage["half_by"] is None:
        few = stage.get("moved_on", 0) < FEWEST
        return "too few moved on to say" if few else "not told yet"
    return "half" if row["days"] > stage["half_by"] else "fewer than half"


def _label(row: Content) -> str:
    return str(Stage(row["stage"]).label)


def _days(count: int | None) -> str:
    return "–" if count is None else f"{count:,.0f}"


# --- Time to production -----------------------------------------------------------------------------


def _time(numbers: Content) -> list[Block]:
    marks = numbers["curve"]
    if not marks:
        return []
    steps = numbers.get("steps", ())
    drawn: list[Block] = [_curves(steps)] if steps else []
    table = Rows(
        "Time to production",
        ("Month", "Production", "95 % band", "Stopped", "95 % band", "Still watched", "Kaplan–Meier"),
        [
            (
                f"{mark['month']:g}",
                _percent(mark["arrived"]),
                _band(mark, "arrived"),
                _percent(mark["stopped"]),
                _band(mark, "stopped"),
                f"{mark['at_risk']:,}",
                _percent(mark["kaplan_meier"]),
            )
            for mark in _some(marks)
        ],
        numbers=frozenset(range(1, 7)),
    )
    return [*drawn, table]


def _curves(steps: Sequence[Content]) -> Paths:
    """Draw the steps of the page: by months where they are long enough, as it does."""
    last = steps[-1]
    in_months = last["day"] >= day_of(2)
    unit, word = (MONTH, "months") if in_months else (1, "days")

    def path(name: str, look: Look, field: str) -> Path:
        return Path(name, look, [(round(step["day"] / unit, 3), float(step[field])) for step in steps])

    return Paths(
        f"Share that reached production and share that stopped, by {word} since the entry",
        f"{word.capitalize()} since the entry",
        [
            path("production, 95 % band from", Look.THIN, "arrived_low"),
            path("production, 95 % band to", Look.THIN, "arrived_high"),
            path("stopped, 95 % band from", Look.THIN, "stopped_low"),
            path("stopped, 95 % band to", Look.THIN, "stopped_high"),
            path(f"production {_percent(last['arrived'])}", Look.MAIN, "arrived"),
            path(f"stopped {_percent(last['stopped'])}", Look.REST, "stopped"),
        ],
        _tick(last["day"] / unit),
    )


def _tick(last: float) -> int:
    """Return how far ticks are apart, so that there are eight of them at most."""
    return next((step for step in _TICKS if last <= step * MOST_TICKS), _TICKS[-1])


def _some(marks: Sequence[Content]) -> list[Content]:
    """Return about eight of the marks, evenly, the last among them."""
    step = max(1, -(-len(marks) // ROWS))
    return list(marks[len(marks) - 1 :: -step])[::-1]


def _band(mark: Content, name: str) -> str:
    return f"{mark[f'{name}_low'] * 100:.0f} to {mark[f'{name}_high'] * 100:.0f} %"


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"


# --- The forecast ------------------------------------------------------------------------------------


def _forecast(numbers: Content) -> list[Block]:
    if numbers["low"] is None:
        return []
    head = ("Quarter", "At least", "Middle", "At most", "How sure", "Drawn", "Open pilots")
    row = (
        str(numbers["quarter"]),
        *(f"{numbers[field]:,.0f}" for field in ("low", "middle", "high")),
        _percent(numbers["level"]),
        f"{numbers['runs']:,} times",
        f"{numbers['open']:,}",
    )
    return [Rows("Pilots forecast to reach production", head, [row], numbers=frozenset(range(1, 7)))]
