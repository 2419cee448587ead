"""Words a frozen pack as a document. Every number stands in the content; nothing is counted anew.

What a reader may not have is out of the content before (`limits`), so a part says what is left: without
names, how many and of which kind.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from pilots.calendar import Day
from pilots.web.spoken import any_of, days, number_word
from portfolio.steering.compare import compare
from portfolio.steering.compared import HEADS, told, words_of
from portfolio.steering.out.curves import pace_parts
from portfolio.steering.out.document import Bars, Block, Document, Look, Part, Rows, Series, Words
from portfolio.steering.out.unnamed import said_left_out

Content = Mapping[str, Any]
# When pilots came in narrows the funnel and Pace alone.
ACTIVE = "All active pilots, whenever they came in."
CHANGED = "All pilots, whenever they came in."
Column = tuple[str, Callable[[Content], str]]  # its head, and what of a row stands in it


@dataclass(frozen=True, kw_only=True)
class Frozen:
    """A pack as it may be shown: what was frozen, and of the pack before it what is compared."""

    title: str
    meeting_on: date
    frozen_at: datetime
    content: Content
    before: Content | None = None


def compose(pack: Frozen) -> Document:
    """Return what a pack says, in the order of a meeting: decide, where we are, what moved, what is stuck."""
    content = pack.content
    frozen = f"{timezone.localtime(pack.frozen_at):%a %-d %b %Y, %H:%M}"
    left_out = said_left_out([content, pack.before])
    sub = " ".join(_some(f"For the meeting on {Day(pack.meeting_on)}. Frozen {frozen}.", left_out))
    parts = [
        decisions_part(content),
        funnel_part(content["funnel"]),
        changes_part(content),
        *([compared_part(pack.before, content)] if pack.before else []),
        stalled_part(content),
        *pace_parts(content),
        definitions_part(content),
    ]
    return Document(pack.title, sub, _facts(content), parts)


def _facts(content: Content) -> list[tuple[str, str]]:
    known_at = timezone.localtime(datetime.fromisoformat(content["known_at"]))
    facts = [(str(label), str(value)) for label, value in content["filters"]]
    facts.append(("As of", str(Day(date.fromisoformat(content["as_of"])))))
    facts.append(("Known at", f"{known_at:%-d %b %Y, %H:%M %Z}"))
    if content.get("as_seen_by"):
        facts.append(("As seen by", content["as_seen_by"]))
    return facts


# --- Decisions --------------------------------------------------------------------------------


def decisions_part(content: Content) -> Part:
    rows = content["decisions"]
    total = max(content.get("decisions_total", 0), len(rows))
    if not total:
        nothing = [Words(["Nothing is to be decided."])]
        return Part("decisions", "Decisions", "No decision waits", ACTIVE, nothing)
    dates = sorted(row["needed_by"] for row in rows if row.get("needed_by"))
    nearest = f", the nearest by {_day(dates[0])}" if dates else ""
    verb = "decision waits" if total == 1 else "decisions wait"
    blocks: list[Block] = []
    if any("question" in row or "name" in row for row in rows):
        blocks.append(
            table(
                "Decisions",
                [(head, [get(row) for row in rows]) for head, get in _DECISION if _any(rows, get)],
            )
        )
    blocks += _more(total - len(rows), "decision")
    if not blocks:
        blocks.append(Words(["What is asked, and of whom, is not shown here."]))
    return Part("decisions", "Decisions", f"{_upper(number_word(total))} {verb}{nearest}", ACTIVE, blocks)


_DECISION: tuple[Column, ...] = (
    ("Pilot", lambda row: named(row)),
    ("Question", lambda row: row.get("question", "")),
    ("Options", lambda row: _options(row.get("options"))),
    ("Decides", lambda row: (row["decider"] or "nobody is named") if "decider" in row else ""),
    ("Needed by", lambda row: _day(row["needed_by"]) if row.get("needed_by") else "no day is named"),
)


def _options(options: Any) -> str:
    if isinstance(options, str) or not options:
        return options or ""
    return "; ".join(
        str(option.get("label", option) if isinstance(option, Mapping) else option) for option in options
    )


# --- The funnel --------------------------------------------------------------------------------


def funnel_part(funnel: Content) -> Part:
    words = funnel["words"]
    stages = funnel["stages"]
    if not funnel["denominator"]:
        return Part("funnel", "Funnel", words["nothing"], words["method"], [Words(_some(words["left_out"]))])
    names = [stage["name"] for stage in stages]
    moved = [stage["reached"] - stage["open"] - stage["on_hold"] - stage["ended"] for stage in stages]
    chart = Bars(
        "How many reached each stage, and where those are that came no further",
        names,
        [
            Series("Moved on", Look.MAIN, moved),
            Series("Open", Look.SOFT, [stage["open"] for stage in stages]),
            Series("On hold", Look.HATCH, [stage["on_hold"] for stage in stages]),
            Series("Stopped or retired", Look.REST, [stage["ended"] for stage in stages]),
        ],
        [f"{stage['reached']:,}" for stage in stages],
    )
    numbers = Rows(
        "Funnel",
        (
            *("Stage", "Ever", "Here or later", "Still open", "On hold", "Ended", "Of previous"),
            f"Of the {funnel['denominator']:,}",
        ),
        [
            (
                stage["name"],
                *(f"{stage[field]:,}" for field in ("reached", "there_now", "open", "on_hold", "ended")),
                share(stage["conversion_from_previous"]),
                share(stage["conversion_from_entry"]),
            )
            for stage in stages
        ],
        numbers=frozenset(range(1, 8)),
    )
    said = _some(words["state"], words["rate"], words["still_open"], words["left_out"])
    return Part("funnel", "Funnel", words["finding"], words["method"], [chart, numbers, Words(said)])


# --- What changed, what is stuck ------------------------------------------------------------------


def changes_part(content: Content) -> Part:
    rows, since = content["changes"], _since(content)
    if not rows:
        return Part(
            "changes",
            "What changed",
            f"Nothing moved {since}",
            CHANGED,
            [Words(["No pilot was moved, held or resumed."])],
        )
    first = rows[0]
    more = sum(row["count"] for row in rows[1:])
    title = f"{first['label']}: {number_word(first['count'])} {since}"
    if more:
        title += f", and {number_word(more)} other {'change' if more == 1 else 'changes'}"
    columns = [
        ("Change", [row["label"] for row in rows]),
        ("Pilots", [f"{row['sign']}{row['count']:,}" for row in rows]),
    ]
    which = [", ".join(_some(*map(named, row.get("pilots", ())))) for row in rows]
    if any(which):
        columns.append(("Which", which))
    return Part("changes", "What changed", title, CHANGED, [table("What changed", columns, numbers={1})])


def compared_part(then: Content, now: Content) -> Part:
    """Say each number then and now; reached stages are drawn beside each other."""
    found = compare(then, now)
    moved = [number for number in found.numbers if number.is_known and number.change]
    title = "Nothing differs from the last pack"
    if moved:
        most = max(moved, key=lambda number: (not number.is_share, abs(number.change or 0)))
        title = f"{most.label}: {told(most, most.then)} in the last pack, {told(most, most.now)} now"
    reached = [n for n in found.numbers if n.change is not None and not n.is_share]
    chart = Bars(
        "Numbers of the last pack and of this one",
        [number.label for number in reached],
        [
            Series("Last pack", Look.REST, [number.then or 0 for number in reached]),
            Series("This pack", Look.MAIN, [number.now or 0 for number in reached]),
        ],
        [f"{told(number, number.then)} → {told(number, number.now)}" for number in reached],
        is_beside=True,
    )
    numbers = Rows(
        "Then and now",
        HEADS,
        [astuple(words_of(number)) for number in found.numbers],
        numbers=frozenset({1, 2, 3}),
    )
    blocks: list[Block] = [chart, numbers] if reached else [numbers]
    return Part("compared", "Since the last pack", title, found.differs, blocks)


def stalled_part(content: Content) -> Part:
    rows, since = content["stalled"], _since(content)
    total = max(content.get("stalled_total", 0), len(rows))
    if not total:
        said = f"No pilot newly stalled {since}"
        return Part(
            "stalled",
            "Newly stalled",
            said,
            ACTIVE,
            [Words(["None passed a limit it had not passed before."])],
        )
    title = f"{_upper(number_word(total))} {'pilot' if total == 1 else 'pilots'} newly stalled {since}"
    if not any("name" in row for row in rows):
        kinds = Counter(row["pattern"] for row in rows)
        ordered = sorted(kinds.items(), key=lambda kind: (-kind[1], kind[0]))
        columns = [
            ("Pattern", [name for name, _ in ordered]),
            ("Pilots", [f"{count:,}" for _, count in ordered]),
        ]
        blocks: list[Block] = [table("Newly stalled, by pattern", columns, numbers={1})]
    else:
        columns = [(head, [get(row) for row in rows]) for head, get in _STALLED if _any(rows, get)]
        blocks = [table("Newly stalled", columns)]
    return Part("stalled", "Newly stalled", title, ACTIVE, [*blocks, *_more(total - len(rows), "pilot")])


_STALLED: tuple[Column, ...] = (
    ("Pilot", lambda row: named(row)),
    ("Pattern", lambda row: row.get("pattern", "")),
    ("What is known", lambda row: row.get("fact", "")),
    ("Stalled for", lambda row: days(row["days"]) if "days" in row else ""),
    ("Next action", lambda row: row.get("next_action", "")),
    ("Answers for it", lambda row: any_of(row.get("owners", ()))),
)


# --- What the words mean ---------------------------------------------------------------------------


def definitions_part(content: Content) -> Part:
    """Say what the words mean, and what is wrong with every published figure."""
    words = Rows(
        "Definitions", ("Word", "Meaning"), [(word, meaning) for word, meaning in content["definitions"]]
    )
    benchmarks = [
        f"{row['name']}: {share(row['value'])} ({row['metric']}; {row['unit']}; {row['population']}; "
        f"{row['year'] or 'year not given'}; stated by {', '.join(row['stated_by'])}). {row['caveat']}"
        for row in content["benchmarks"]
    ]
    absent = content["funnel"]["words"].get("benchmark_absent", "")
    if not benchmarks:
        benchmarks = [f"No published base rate stands beside these numbers. {absent}".strip()]
    title = "What the words mean, and what published figures are worth"
    return Part("definitions", "Definitions", title, "", [words, Words(benchmarks)])


# --- Pieces ---------------------------------------------------------------------------------------


def table(name: str, columns: Sequence[tuple[str, Sequence[str]]], numbers: set[int] | None = None) -> Rows:
    heads = [head for head, _ in columns]
    rows = list(zip(*(cells for _, cells in columns), strict=True))
    return Rows(name, heads, rows, numbers=frozenset(numbers or ()))


def named(row: Content) -> str:
    """Return “Claims triage (CLM-4)”, the name alone where there is no key, "" where none is shown."""
    if not row.get("name"):
        return ""
    return f"{row['name']} ({row['key']})" if row.get("key") else str(row["name"])


def share(value: float | None) -> str:
    """Return “17 %”; “–” for what is not defined."""
    return "–" if value is None else f"{value * 100:.0f} %"


def _any(rows: Sequence[Content], get: Any) -> bool:
    return any(get(row) for row in rows)


def _more(count: int, noun: str) -> list[Block]:
    if count <= 0:
        return []
    more = f"{noun} is" if count == 1 else f"{noun}s are"
    return [Words([f"{_upper(number_word(count))} more {more} not shown here."])]


def _since(content: Content) -> str:
    return str(content["since"]["said"])


def _day(text: str) -> str:
    return str(Day(date.fromisoformat(text)))


def _some(*texts: str) -> list[str]:
    return [text for text in texts if text]


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
