"""Gate waiting: which functions requirements wait for and how long, and which patterns hold pilots up."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from portfolio.dashboards import drawing
from portfolio.dashboards.address import Address
from portfolio.dashboards.drawing import Axis, Word
from portfolio.dashboards.figures import Cell, Chart, Figure, Table
from portfolio.dashboards.stuck import Stuck, stuck_by_pattern
from portfolio.pace.reading import Reading
from portfolio.pace.sections import waiting_words as words
from portfolio.pace.sections.section import Aside, AsideLine, Section, Shown
from portfolio.pace.waits import Function

NAMES = 148  # pixels for names left of the bars
BAR = 0.6  # of a row
FEWEST_ROWS = 3  # of room, so that one bar alone is no block
ROWS = {drawing.SHORT: 5, drawing.NORMAL: 9}  # rows up to which a height will do


def shown(reading: Reading) -> Shown:
    return Shown([_by_function(reading), _by_pattern(reading)], _beside(reading))


def _address(reading: Reading) -> Address:
    """Return what is asked, without the day where it is today: lists of what is open now refuse any."""
    asked = Address.of(reading.filters.form.cleaned_data).asked
    if not reading.cohort.reads_history:
        asked = {name: text for name, text in asked.items() if name != "as_of"}
    return Address(asked)


# --- By function ------------------------------------------------------------------------


def _by_function(reading: Reading) -> Chart:
    waits = reading.waits
    notes = [words.HALF_OVER if waits.functions else "", words.NOT_NOTED, words.of_ended(waits)]
    if reading.cohort.reads_history:
        notes.append(words.REPLAYED)
    note = " ".join(note for note in notes if note)
    if not waits.functions:
        return Chart("waiting", "No wait is noted", "", None, None, note=note, refused=words.NOBODY_WAITS)
    rows = waits.waited_for
    return Chart(
        code="waiting",
        finding=words.finding(waits) if rows else "No wait is open",
        sub=words.sub(waits),
        figure=_bars(
            [(function.role.label, len(function.open), f"{len(function.open):,}") for function in rows]
        )
        if rows
        else None,
        table=_functions(reading),
        note=note,
        refused="" if rows else "The table has those that ended.",
    )


def _functions(reading: Reading) -> Table:
    address = _address(reading)

    def row(function: Function) -> list[Cell]:
        asks = {"waiting": (function.role.value,), "now": ("open", "on_hold")}
        is_listed = function.pilots and not reading.cohort.reads_history
        url = address.pilots(asks, entry=reading.cohort.entry.value) if is_listed else ""
        return [
            Cell(function.role.label, is_number=False),
            Cell(f"{len(function.open):,}"),
            Cell(f"{function.pilots:,}", url),
            Cell("–" if function.longest is None else f"{function.longest:,}"),
            Cell(words.over(function)),
            Cell(f"{len(function.ended):,}"),
            Cell(words.took(function)),
        ]

    head = ["Waits for", "Open", "Pilots", "Longest, days", "Half over, days", "Ended", "Half of those, days"]
    return Table(head, [row(function) for function in reading.waits.functions])


def _beside(reading: Reading) -> list[Aside]:
    """Lead to the list of what waits, requirement by requirement; it is of today, and of a program or all."""
    if reading.cohort.reads_history:
        return []
    program = _address(reading).asked.get("program", "")
    query = f"?{urlencode({'program': program})}" if program else ""
    line = AsideLine("What waits for whom", url=f"{reverse('pilots:waits')}{query}")
    closing = "Each requirement with its note, of all active pilots, whenever they came in."
    return [Aside("Requirement by requirement", [line], closing)]


# --- By pattern -------------------------------------------------------------------------


def _by_pattern(reading: Reading) -> Chart:
    title = "Where pilots are stuck and why"
    if reading.cohort.reads_history:
        return Chart("patterns", title, "", None, None, refused=words.TODAY_ONLY)
    stuck = stuck_by_pattern(reading.filters.pilots)
    if not stuck.count:
        return Chart("patterns", title, "", None, None, refused=words.nothing_stuck(stuck))
    asked = _described(reading)
    return Chart(
        code="patterns",
        finding=words.pattern_finding(stuck),
        sub=words.pattern_sub(stuck),
        figure=_bars(
            [
                (row.label, row.count, words.label(row, running, stuck))
                for row, running in zip(stuck.rows, stuck.running, strict=True)
            ],
            hover=[f"{row.label}, {row.note}. {row.where}." for row in stuck.rows],
            urls=[row.url(asked) for row in stuck.rows],
        ),
        table=_patterns(stuck, asked),
        note="These are the active pilots that the other filters name, whenever they came in. Snoozed and "
        "disputed flags, and those told once for a whole program, count for none.",
    )


def _described(reading: Reading) -> Mapping[str, str]:
    return _address(reading).without("entry", "cohort_from", "cohort_to", "matured_months")


def _patterns(stuck: Stuck, asked: Mapping[str, str]) -> Table:
    head = ["Pattern", "Pilots", "So far", "Share so far"]
    rows = [
        [
            Cell(row.label, is_number=False),
            Cell(f"{row.count:,}", row.url(asked)),
            Cell(f"{running:,}"),
            Cell(words.so_far(running, stuck) or "–"),
        ]
        for row, running in zip(stuck.rows, stuck.running, strict=True)
    ]
    return Table(head, rows)


def _bars(
    rows: Sequence[tuple[str, int, str]], hover: Sequence[str] = (), urls: Sequence[str] = ()
) -> Figure:
    """Return bars from the top, each with its name before it and words after it."""
    height = next((height for height, most in ROWS.items() if len(rows) <= most), drawing.TALL)
    places = list(range(len(rows)))
    longest = max(count for _, count, _ in rows)
    trace = drawing.bars(
        [count for _, count, _ in rows],
        places,
        name="",
        hover=hover or [f"{name}: {said}" for name, _, said in rows],
        urls=urls,
        is_horizontal=True,
        width=BAR,
    )
    after = [
        Word(count, place, said, colour="--chart-ink")
        for place, (_, count, said) in zip(places, rows, strict=True)
    ]
    names = [(place, name) for place, (name, _, _) in zip(places, rows, strict=True)]
    y = Axis(-0.5, names, max(len(rows), FEWEST_ROWS) - 0.5)
    # The room for the words is in the axis: a narrow screen takes it from the margins.
    room = 1.8 if any(len(said) > 6 for _, _, said in rows) else 1.15
    return drawing.figure(
        [trace],
        Axis(longest * room),
        y,
        height=height,
        words=after,
        left=NAMES,
        bottom=drawing.TOP,
        has_grid=False,
    )


# --- The API ----------------------------------------------------------------------------


def shape(reading: Reading) -> dict[str, Any]:
    """Return waits by function, and the patterns; these are null on a past day, where nobody can tell."""
    waits = reading.waits
    is_today = not reading.cohort.reads_history
    return {
        "open": waits.open,
        "pilots": waits.pilots,
        "of_ended_pilots": waits.of_ended,
        "functions": [
            {
                "role": function.role.value,
                "open": len(function.open),
                "pilots": function.pilots,
                "longest_open_days": function.longest,
                "half_over_by_day": function.half_by,
                "ended": len(function.ended),
                "half_of_ended_days": function.ended_half,
            }
            for function in waits.functions
        ],
        "stuck": _stuck(stuck_by_pattern(reading.filters.pilots)) if is_today else None,
    }


def _stuck(stuck: Stuck) -> dict[str, Any]:
    return {
        "active": stuck.active,
        "stuck": stuck.count,
        "not_known": stuck.not_known,
        "patterns": [
            {
                "pattern": row.pattern.value if row.pattern else None,
                "count": row.count,
                "running": running,
                "at": {stage.value: count for stage, count in row.at.items()},
            }
            for row, running in zip(stuck.rows, stuck.running, strict=True)
        ],
    }


SECTION = Section("waiting", "Gate waiting", shown, shape)
