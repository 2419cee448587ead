"""The next quarter as an interval, and how the intervals of past quarters did."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from pilots.calendar import Day
from pilots.web.spoken import brief, number_word
from portfolio.dashboards.figures import Cell, Chart, Table
from portfolio.flow.lives import FEWEST
from portfolio.pace.forecast_figures import next_figure, past_figure
from portfolio.pace.outlook import Outlook, outlook
from portfolio.pace.quarters import Quarter
from portfolio.pace.reading import Reading
from portfolio.pace.say import Said
from portfolio.pace.scored import Chances, Record, Scored, read_record
from portfolio.pace.sections.section import Aside, AsideLine, Section, Shown
from portfolio.pace.sections.who import who_is_counted

PROMISED = "80 % is promised"


def shown(reading: Reading) -> Shown:
    ahead, record = outlook(reading), record_of(reading)
    charts = [next_chart(ahead), past_chart(record, ahead, reading)]
    asides = [
        _counted(reading, ahead) if reading.goal else None,
        _of_chances(record),
        _method() if ahead.interval or record.rows else None,
    ]
    return Shown(charts, [aside for aside in asides if aside])


def _counted(reading: Reading, ahead: Outlook) -> Aside:
    out = f"{ahead.lost:,} of them left out of the forecast" if ahead.lost else ""
    return who_is_counted(reading, still_open=out)


def record_of(reading: Reading) -> Record:
    program = reading.filters.form.cleaned_data.get("program")
    return read_record(reading.user, reading.cohort, program)


# --- The next quarter -------------------------------------------------------------------------


def next_chart(ahead: Outlook) -> Chart:
    span = months_of(ahead.quarter)
    said = ahead.interval
    if said is None:
        return Chart(
            "next", f"No forecast for {span}", "", None, None, note=_beside(ahead), refused=ahead.refused
        )
    pilots = "the open pilot" if said.of == 1 else f"{said.of:,} open pilots"
    expected = "is" if said.low == said.high == 1 else "are"
    rests = f"Rests on {ahead.lives:,} pilots and how long each took; {number_word(ahead.arrived)} arrived."
    finding = (
        f"{between(said.low, said.high)} of {pilots} {expected} expected to enter production from {span}"
    )
    table = Table(
        ("Quarter", "Lowest", "Middle", "Highest", "Open pilots"),
        [
            [
                Cell(str(ahead.quarter), is_number=False),
                *(Cell(f"{n:,}") for n in (said.low, said.middle, said.high, said.of)),
            ]
        ],
    )
    sub = f"80 % interval from {said.runs:,} simulations, the middle is {said.middle:,}. {rests}"
    return Chart("next", finding, sub, next_figure(ahead), table, note=_beside(ahead))


def _beside(ahead: Outlook) -> str:
    told = []
    if ahead.interval and ahead.interval.untold:
        told.append(_too_old(ahead.interval))
    if ahead.undated:
        lack = "lacks" if ahead.undated == 1 else "lack"
        told.append(f"{_pilots(ahead.undated)} {lack} a known day and {_are(ahead.undated)} not counted.")
    if ahead.lost:
        it = "it" if ahead.lost == 1 else "them"
        told.append(
            f"{_pilots(ahead.lost)} {_are(ahead.lost)} left out: nobody has spoken of {it} since a register "
            f"named {it}, so nobody knows who is still open."
        )
    if ahead.interval:
        told.append("Pilots on hold are counted as they are. The same pilots always give the same numbers.")
    return " ".join(told)


def _too_old(said: Said) -> str:
    """Return why one rate stands for those that history tells no chance of, for each group of them."""
    reasons = (
        (said.past, f"after which nobody has arrived yet (the last did on day {said.last_arrival or 0:,})"),
        (said.thin, f"beyond which fewer than {number_word(FEWEST)} were watched"),
        (said.untold - said.past - said.thin, "from which nobody was watched long enough to tell"),
    )
    groups = [(count, why) for count, why in reasons if count]
    parts = [
        f"{number_word(count) if place else _pilots(count)} {_are(count)} at an age {why}"
        for place, (count, why) in enumerate(groups)
    ]
    return f"{', '.join(parts)}: one rate for all so old stands for {'it' if said.untold == 1 else 'them'}."


# --- What was said before ---------------------------------------------------------------------


def past_chart(record: Record, ahead: Outlook, reading: Reading) -> Chart:
    title = "How past forecasts did"
    if not record.rows:
        return Chart("past", title, "", None, None, refused=first_words(ahead, reading))
    known = "as known today" if not reading.cohort.reads_history else f"as known on {_day(reading.day, None)}"
    sub = f"{_kept(record)} What came is counted {known}: arrivals recorded later change it."
    if within := within_words(record):
        sub = f"{sub} {within}"
    note = ""
    if len(record.counted) < len(record.rows):
        note = "Those over all programs repeat their programs and are not counted again."
    if _is_narrowed(reading):
        kept = "Forecasts are kept for whole programs and for all together; other filters do not narrow them."
        note = f"{note} {kept}".strip()
    return Chart(
        "past",
        coverage_words(record),
        sub,
        past_figure(record.rows),
        _past_table(record.rows, reading),
        legend=(("c1-soft", "forecast, 80 % interval"), ("c1", "what came")),
        note=note,
    )


def _kept(record: Record) -> str:
    """Return when these forecasts were made; what was computed afterwards was not kept."""
    of, afterwards = len(record.rows), sum(scored.row.is_replayed for scored in record.rows)
    then = "from what had been recorded by the month before"
    if afterwards == of:
        every = "It was" if of == 1 else "All were"
        return f"{every} computed afterwards, {then} {'its' if of == 1 else 'each'} quarter."
    said = "Kept in the month before each quarter and never changed"
    if not afterwards:
        return f"{said}."
    were = "was" if afterwards == 1 else "were"
    return f"{said}; {number_word(afterwards)} of {number_word(of)} {were} computed afterwards, {then} it."


def coverage_words(record: Record) -> str:
    """Return how many intervals held; a share from ten on."""
    of, hit = record.coverage.of, record.coverage.hit
    if not of:
        first = min(scored.row.when for scored in record.rows)
        return f"{_many(len(record.rows), 'forecast')} kept; what came of {first} is known after its last day"
    if of == 1:
        held = f"The one past forecast {'held' if hit else 'did not hold'} what came"
        return f"{held}; {PROMISED}, and one is too few for a share"
    held = f"{_some(hit)} of {number_word(of)} past forecasts held what came"
    if not record.is_enough:
        return f"{held}; {PROMISED}, and {number_word(of)} are too few for a share"
    return f"{held}, {round(100 * hit / of)} %; {PROMISED}"


def within_words(record: Record) -> str:
    """Return how far chance alone may have moved the share that held; "" below ten."""
    between_them = record.coverage.interval
    if between_them is None or not record.is_enough:
        return ""
    low, high = round(100 * between_them.low), round(100 * between_them.high)
    return f"So many forecasts fit a share from {low} to {high} % (95 % interval)."


def first_words(ahead: Outlook, reading: Reading) -> str:
    """Return when the first forecast will be kept."""
    span = months_of(ahead.quarter)
    if reading.cohort.reads_history:
        return f"No forecast had been kept by {_day(reading.day, None)}."
    if reading.day < ahead.quarter.kept_from:
        due = _day(ahead.quarter.kept_from, reading.day)
        condition = f", if there are {number_word(FEWEST)} pilots by then" if ahead.refused else ""
        return f"No forecast is kept yet. Headway keeps its first on {due}, for {span}{condition}."
    if ahead.refused:
        return f"No forecast is kept yet. Headway keeps the one for {span} on the day there is one."
    return f"No forecast is kept yet. Headway keeps the one for {span} with its next daily run."


def _past_table(rows: Sequence[Scored], reading: Reading) -> Table:
    head = ("Quarter", "Of", "Made on", "Interval", "Open pilots", "Came", "Held")
    return Table(head, [_past_row(scored, reading.cohort.today) for scored in rows])


def _past_row(scored: Scored, today: date) -> list[Cell]:
    row = scored.row
    made = _day(row.as_of, today)
    came = "not over" if scored.came is None else f"{scored.came:,}"
    if scored.unsure:
        came = f"{came} or up to {(scored.came or 0) + scored.unsure:,}"
    held = {True: "yes", False: "no", None: "" if scored.came is None else "nobody knows"}[scored.is_held]
    return [
        Cell(str(row.when), is_number=False),
        Cell(row.of, is_number=False),
        Cell(f"{made}, computed afterwards" if row.is_replayed else made, is_number=False),
        Cell(f"{row.low:,} to {row.high:,}"),
        Cell(f"{row.open:,}"),
        Cell(came),
        Cell(held, is_number=False),
    ]


def _of_chances(record: Record) -> Aside | None:
    found = record.chances
    if found is None:
        return None
    return Aside(
        "The chances of single pilots",
        [
            AsideLine(
                "Brier score", f"{found.brier:.3f}", small=f"of {found.pilots:,} chances, 0 is perfect"
            ),
            AsideLine("One rate for all", f"{found.constant:.3f}", small="as if age said nothing"),
            *_skill(found),
        ],
        chances_words(found),
    )


def _skill(found: Chances) -> list[AsideLine]:
    if found.skill is None:
        return []
    return [AsideLine("Brier skill", f"{found.skill:.2f}", small="1 is perfect, 0 no better than one rate")]


def chances_words(found: Chances) -> str:
    """Return what a Brier score beside its reference means."""
    came = f"{_some(found.came)} of {found.pilots:,} came in their quarter."
    if found.brier < found.constant:
        return f"{came} Counting how long each had been under way told more than one rate for all would have."
    if found.brier > found.constant:
        return f"{came} One rate for all would have told more, so do not lean on single chances yet."
    return f"{came} One rate for all would have told as much."


def _method() -> Aside:
    return Aside(
        "How it is made",
        closing=(
            "Each open pilot gets the chance that pilots of its age had to arrive in those months; those "
            "that stopped count as such. The history itself is drawn anew for every simulation, so few "
            "pilots give a wide interval. It supposes that things go on as they did. It asks how long ago a "
            "pilot entered, not how far it has come since; the chance on a pilot's own page asks that too."
        ),
    )


# --- For other pages, and for machines --------------------------------------------------------


def next_quarter(reading: Reading) -> Aside:
    """Return the forecast in a few lines, for beside other charts."""
    ahead = outlook(reading)
    said = ahead.interval
    if said is None:
        return Aside("Next quarter", closing=ahead.refused)
    expected = f"{between(said.low, said.high)} of {said.of:,} open pilots are expected to enter production"
    return Aside("Next quarter", closing=f"{expected} from {months_of(ahead.quarter)} (80 % interval).")


def shape(reading: Reading) -> dict[str, Any]:
    ahead, record = outlook(reading), record_of(reading)
    said, within = ahead.interval, record.coverage.interval
    return {
        "quarter": str(ahead.quarter),
        "from": ahead.quarter.first.isoformat(),
        "to": ahead.quarter.last.isoformat(),
        "low": said.low if said else None,
        "middle": said.middle if said else None,
        "high": said.high if said else None,
        "level": said.level if said else None,
        "runs": said.runs if said else None,
        "seed": ahead.seed,
        "lives": ahead.lives,
        "arrived": ahead.arrived,
        "open": ahead.open,
        "untold": said.untold if said else None,
        "undated": ahead.undated,
        "refused": ahead.refused or None,
        "kept": [_shape_kept(scored) for scored in record.rows],
        "coverage": {
            "held": record.coverage.hit,
            "of": record.coverage.of,
            "share": record.coverage.share if record.is_enough else None,
            "low": within.low if within and record.is_enough else None,
            "high": within.high if within and record.is_enough else None,
        },
        "chances": _shape_chances(record.chances),
    }


def _shape_kept(scored: Scored) -> dict[str, Any]:
    row = scored.row
    return {
        "program": row.program.slug if row.program else None,
        "quarter": str(row.when),
        "from": row.quarter.isoformat(),
        "to": row.when.last.isoformat(),
        "as_of": row.as_of.isoformat(),
        "made_at": row.made_at.isoformat(),
        "is_replayed": row.is_replayed,
        "method": row.method,
        "low": row.low,
        "middle": row.middle,
        "high": row.high,
        "level": row.level,
        "lives": row.lives,
        "open": row.open,
        "untold": row.untold,
        "came": scored.came,
        "unsure": scored.unsure,
        "held": scored.is_held,
    }


def _shape_chances(found: Chances | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "pilots": found.pilots,
        "came": found.came,
        "brier": found.brier,
        "brier_of_one_rate": found.constant,
        "brier_skill": found.skill,
    }


# --- Small words ------------------------------------------------------------------------------


def months_of(quarter: Quarter) -> str:
    """Return “January to March 2027”."""
    return f"{quarter.first:%B} to {quarter.last:%B %Y}"


def between(low: int, high: int) -> str:
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _pilots(count: int) -> str:
    return f"{number_word(count).capitalize()} open pilot{'' if count == 1 else 's'}"


def _some(count: int) -> str:
    return number_word(count).capitalize() if count else "None"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _many(count: int, noun: str) -> str:
    return f"{number_word(count).capitalize()} {noun}{' is' if count == 1 else 's are'}"


def _day(day: date, today: date | None) -> str:
    return brief(Day(day), today) if today else str(Day(day))


def _is_narrowed(reading: Reading) -> bool:
    read = reading.filters.form.cleaned_data
    names = ("unit", "vendor", "risk", "tag", "cohort_from", "cohort_to", "matured_months")
    return any(read.get(name) for name in names)


SECTION = Section("forecast", "Forecast", shown, shape)
