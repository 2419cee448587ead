"""What is said of the flow of a cohort. Every number is counted by `portfolio.flow.months`."""

from datetime import date

from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.web.spoken import months, number_word
from portfolio.dashboards.words import pilots
from portfolio.flow.little import MONTHS, Balance
from portfolio.flow.lives import FEWEST
from portfolio.flow.months import Flow, Turn
from portfolio.pace.sections.counting import capital

LATELY = 6  # months, the running one among them
NO_WAY = "These pilots are counted from production on, so none of them is on the way there."


def be(count: int, one: str = "is", many: str = "are") -> str:
    return one if count == 1 else many


def month_of(day: date) -> str:
    return f"{day:%b %Y}"


def nobody(entry: Stage) -> str:
    return f"No pilot with a known day has entered {entry.label} yet, so there is nothing to draw."


def finding(flow: Flow) -> str:
    """Return “Of 36 that came in, 6 reached production, 16 stopped and 14 are in progress”."""
    last = flow.last
    if last.entered == 1:
        return _only(flow)
    parts = [
        f"{number_word(count)} {words}"
        for count, words in (
            (last.arrived, "reached production"),
            (last.stopped, "stopped"),
            (last.in_progress, f"{be(last.in_progress)} in progress"),
            (last.unplaced, "left on a day nobody knows"),
        )
        if count
    ]
    everybody = number_word(last.entered)
    if len(parts) == 1:
        return f"All {everybody} that came in {parts[0].removeprefix(everybody).strip()}"
    return f"Of {everybody} that came in, {', '.join(parts[:-1])} and {parts[-1]}"


def _only(flow: Flow) -> str:
    last = flow.last
    if last.in_progress:
        return "The only pilot is in progress"
    if last.unplaced:
        return "The only pilot left on a day nobody knows"
    return "The only pilot reached production" if last.arrived else "The only pilot stopped"


def sub(flow: Flow, entry: Stage) -> str:
    drawn = f"{pilots(flow.last.entered)} that entered {entry.label}, counted at the ends of months"
    return f"{drawn} up to {Day(flow.last.day)}. Each is in the band of the last step whose day is known."


def before(flow: Flow, entry: Stage) -> str:
    """Return what was summed into where the chart begins; “” where it begins with the first pilot."""
    begun = flow.before
    if not begun.entered:
        return ""
    return (
        f"Older months are summed into where the chart begins: by {Day(begun.day)} {begun.entered:,} had "
        f"entered {entry.label} and {begun.in_progress:,} {be(begun.in_progress, 'was', 'were')} in progress."
    )


def back(count: int) -> str:
    """Return where those are that went back a stage; “” for none."""
    if not count:
        return ""
    it = "it stays" if count == 1 else "each stays"
    return (
        f"{capital(number_word(count))} went back: here {it} in the band of the last step reached; “Age of "
        "open work” counts it where it is now."
    )


def progress(flow: Flow, until: date | None = None) -> str:
    """Return “14 are in progress, three of them on hold; a year before it was 9”.

    `until`: the day after which nobody told of any of them.
    """
    now, held = flow.last.in_progress, flow.last.on_hold
    if not now:
        told = "None is in progress"
    else:
        told = f"{capital(number_word(now))} {be(now)} in progress"
        if held:
            told += ", on hold" if now == 1 else f", {number_word(held)} of them on hold"
    if until is not None:
        return f"{told}, as far as anybody told by {Day(until)}"
    if len(flow.turns) <= MONTHS:
        return told
    then = flow.levels[-1 - MONTHS]
    if then.in_progress == now:
        return f"{told}, as many as at the end of {month_of(then.day)}"
    return f"{told}; at the end of {month_of(then.day)} it was {number_word(then.in_progress)}"


def lately(flow: Flow, until: date | None = None) -> str:
    """Return “Since Jun more start than leave: 14 in, 5 out”, of the last six months.

    It begins with the first month of these in which somebody came or left, and says that none did before.
    """
    if until is not None:
        return f"Nobody has told since {Day(until)} who came in and who left"
    turns = flow.turns[-LATELY:]
    came, left = sum(turn.came for turn in turns), sum(turn.left for turn in turns)
    if not came and not left:
        return f"Since {_since(turns, flow.last.day)} none came in and none left"
    still = next(place for place, turn in enumerate(turns) if turn.came or turn.left)
    since = f"Since {_since(turns[still:], flow.last.day)}"
    before = {0: "", 1: "; none in the month before"}.get(
        still, f"; none in the {number_word(still)} months before"
    )
    than = "more start than leave" if came > left else "more leave than start"
    if came == left:
        than = "as many leave as start"
    return f"{since} {than}: {came:,} in, {left:,} out{before}"


def _since(turns: tuple[Turn, ...], day: date) -> str:
    first = turns[0].month.first
    return f"{first:%b}" if first.year == day.year else month_of(first)


def littles_law(found: Balance | None) -> str:
    """Return how long a pilot is on the way by Little's law, or why it does not say."""
    if found is None:
        return "Fewer than twelve whole months are known: too few for a mean time by Little’s law."
    over = f"In the last {number_word(MONTHS)} whole months {found.came:,} came and {found.left:,} left"
    if found.months_on_the_way is None:
        if min(found.came, found.left) < FEWEST:
            few = "came" if found.came < FEWEST else "left"
            return f"{over}. Too few {few} to tell how long it takes: it needs {number_word(FEWEST)}."
        return f"{over}. The work in progress was not steady, so no mean time follows by Little’s law."
    mean = months(max(round(found.months_on_the_way), 1))
    return (
        f"{over}, and the work in progress was steady at {found.average:,.0f}: by Little’s law a pilot "
        f"is in progress for about {mean} on average, whether it arrives or stops."
    )


def missing(flow: Flow) -> str:
    """Return how many days are not known; “” when all are."""
    count = sum(flow.unknown) + flow.unknown_stopped
    if not count:
        return ""
    days = "One day is not known" if count == 1 else f"{capital(number_word(count))} days are not known"
    told = f"{days}; the row “no day” says of which step."
    apart = "unplaced, neither in progress nor gone"
    if flow.unplaced == 1:
        return f"{told} One pilot left on such a day: from its entry on it is {apart}."
    if flow.unplaced:
        left = f"{capital(number_word(flow.unplaced))} pilots left on such days"
        return f"{told} {left}: from their entry on they are {apart}."
    return told
