"""Words the parts of a pack that come from Pace: age of work, time to production, the forecast."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pilots.lifecycle import Stage
from portfolio.steering.out.document import Bars, Block, Look, Part, Path, Paths, Rows, Series, Words

ROWS = 8  # about so many months stand in the table under the curve
Content = Mapping[str, Any]


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
    chart = Bars(
        "Open pilots by stage, and how many are older than most that moved on",
        [_label(stage) for stage in stages],
        [
            Series("Usual age", Look.SOFT, [_usual(stage) for stage in stages]),
            Series("Older than 85 % that moved on", Look.MAIN, [_over(stage, 85) for stage in stages]),
            Series("Older than 95 %", Look.REST, [_over(stage, 95) for stage in stages]),
            Series("Too few moved on to say", Look.HATCH, [_untold(stage) for stage in stages]),
        ],
        [f"{stage['open']:,} open" for stage in stages],
    )
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
    told = {stage["stage"] for stage in stages if stage["above_85"] is not None}
    return [chart, table, *_oldest(numbers["oldest"], told)]


def _usual(stage: Content) -> int:
    return 0 if stage["above_85"] is None else int(stage["open"] - stage["above_85"])


def _over(stage: Content, percent: int) -> int:
    above, top = stage["above_85"] or 0, stage["above_95"] or 0
    return int(top) if percent == 95 else int(above - top)


def _untold(stage: Content) -> int:
    return int(stage["open"]) if stage["above_85"] is None else 0


def _oldest(rows: Sequence[Content], told: Collection[str]) -> list[Block]:
    """Return the oldest by name, where pilots may be named; `told` are the stages that have a usual age."""
    named = [row for row in rows if row.get("name")]
    if not named:
        return []
    cells = [
        (
            f"{row['name']} ({row['key']})",
            _label(row),
            _days(row["days"]),
            _beside(row, told),
        )
        for row in named
    ]
    head = ("Pilot", "Stage", "Days in stage", "Of those that moved on")
    return [Rows("The oldest for their stage", head, cells, numbers=frozenset({2}))]


def _beside(row: Content, told: Collection[str]) -> str:
    if row["stage"] not in told:
        return "too few to say"
    return f"older than {row['above']} %" if row["above"] else "usual"


def _label(row: Content) -> str:
    return str(Stage(row["stage"]).label)


def _days(count: int | None) -> str:
    return "–" if count is None else f"{count:,.0f}"


# --- Time to production -----------------------------------------------------------------------------


def _time(numbers: Content) -> list[Block]:
    marks = numbers["curve"]
    if not marks:
        return []
    last = marks[-1]

    def path(name: str, look: Look, field: str) -> Path:
        points = [(float(mark["day"]), float(mark[field])) for mark in marks]
        return Path(name, look, points if points[0][0] == 0 else [(0.0, 0.0), *points])

    chart = Paths(
        "Share that reached production and share that stopped, by days since the entry",
        "Days since the entry",
        [
            path("production, 95 % band from", Look.THIN, "arrived_low"),
            path("production, 95 % band to", Look.THIN, "arrived_high"),
            path("stopped, 95 % band from", Look.THIN, "stopped_low"),
            path("stopped, 95 % band to", Look.THIN, "stopped_high"),
            path(f"production {_percent(last['arrived'])}", Look.MAIN, "arrived"),
            path(f"stopped {_percent(last['stopped'])}", Look.REST, "stopped"),
        ],
        is_step=False,
    )
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
    return [chart, table]


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
