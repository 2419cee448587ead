"""The geometry of a bullet chart: how far a reading is from baseline to target. Plain: values in, places out.

The baseline is always left of the target and the target at 76 %, so right is better whichever the direction
(docs/kpi-method.md). Widths and places along the bar are per cent, heights are pixels; both are text ready
for an SVG attribute.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from kpis.attainment import attainment

TARGET_AT = 76.0
WRONG_AT = 16.0  # where the baseline stands when a reading is behind it: there is room to its left
WIDTH = 232  # pixels the labels are laid out for; wider places only leave more room
GLYPH = 6.4  # pixels that a letter of 12 px takes
LINE = 16


@dataclass(frozen=True)
class Target:
    """What a bullet compares with: `end` is the target, or the threshold where no target is set."""

    baseline: Decimal | None
    end: Decimal | None
    low: Decimal | None = None
    threshold: Decimal | None = None


@dataclass(frozen=True)
class Words:
    """The labels, ready to show; "" draws none."""

    value: str = ""
    baseline: str = ""
    target: str = ""
    threshold: str = ""


@dataclass(frozen=True)
class Label:
    """A text at a place; `anchor` is start, middle or end."""

    x: str
    y: int
    text: str
    anchor: str
    kind: str


@dataclass(frozen=True)
class Bar:
    x: str
    width: str


@dataclass(frozen=True)
class Bullet:
    """What is drawn: the track, the bar on it, ticks and labels.

    `bar` is None without a reading. `kind` of a bar is "on", or "wrong" behind the baseline. `beyond` is the
    side, "left" or "right", to which the reading leaves the drawing; "" where it does not.
    """

    height: int
    track: Bar
    bar: Bar | None
    kind: str
    target: str
    threshold: str
    beyond: str
    labels: list[Label] = field(default_factory=list)


def bullet(target: Target, value: Decimal | None, words: Words) -> Bullet | None:
    """Return the drawing; None where no distance from baseline to target is known."""
    if not _has_distance(target):
        return None
    share = _share(target, value)
    is_behind = share is not None and share < 0
    start = WRONG_AT if is_behind else 0.0

    def place(of: float) -> float:
        return start + of * (TARGET_AT - start)

    at = None if share is None else min(max(place(share), 0.0), 100.0)
    threshold = _share(target, target.threshold) if target.threshold != target.end else None
    limit = None if threshold is None else place(threshold)
    if limit is not None and not 0 <= limit <= 100:
        limit = None
    labels = _labels(words, start, at, limit)
    return Bullet(
        height=max([label.y for label in labels if label.y > LINE], default=36) + 8,
        track=Bar(_per_cent(start), _per_cent(TARGET_AT - start)),
        bar=None if at is None else Bar(_per_cent(min(at, start)), _per_cent(abs(at - start))),
        kind="wrong" if is_behind else "on",
        target=_per_cent(TARGET_AT),
        threshold="" if limit is None else _per_cent(limit),
        beyond=_beyond(None if share is None else place(share)),
        labels=labels,
    )


def _has_distance(target: Target) -> bool:
    """Whether the baseline is somewhere else than the target: known, and outside a range."""
    return _share(target, target.baseline) == 0


def _share(target: Target, value: Decimal | None) -> float | None:
    found = attainment(value, baseline=target.baseline, target=target.end, low=target.low)
    return None if found is None else float(found)


def _beyond(place: float | None) -> str:
    if place is None or 0 <= place <= 100:
        return ""
    return "left" if place < 0 else "right"


def _labels(words: Words, start: float, at: float | None, limit: float | None) -> list[Label]:
    """Return the value above the bar; below it baseline and target, on lines of their own where they meet."""
    found = []
    if words.value and at is not None:
        found.append(_label(at, 12, words.value, "value"))
    below = [(start, words.baseline, "baseline"), (TARGET_AT, words.target, "target")]
    if words.threshold and limit is not None:
        below.append((limit, words.threshold, "threshold"))
    lines: list[list[tuple[float, float]]] = []
    for place, text, kind in below:
        if not text:
            continue
        label = _label(place, 0, text, kind)
        span = _span(label, place)
        line = next((number for number, taken in enumerate(lines) if _is_free(span, taken)), len(lines))
        if line == len(lines):
            lines.append([])
        lines[line].append(span)
        found.append(Label(label.x, 52 + line * LINE, text, label.anchor, kind))
    return found


def _label(place: float, y: int, text: str, kind: str) -> Label:
    half = len(text) * GLYPH / 2 / WIDTH * 100
    if place - half < 0:
        return Label("0%", y, text, "start", kind)
    if place + half > 100:
        return Label("100%", y, text, "end", kind)
    return Label(_per_cent(place), y, text, "middle", kind)


def _span(label: Label, place: float) -> tuple[float, float]:
    """Return the pixels a label takes, from left to right."""
    length = len(label.text) * GLYPH
    middle = place / 100 * WIDTH
    match label.anchor:
        case "start":
            return 0.0, length
        case "end":
            return WIDTH - length, float(WIDTH)
        case _:
            return middle - length / 2, middle + length / 2


def _is_free(span: tuple[float, float], taken: list[tuple[float, float]]) -> bool:
    return all(span[1] + GLYPH < start or span[0] - GLYPH > end for start, end in taken)


def _per_cent(place: float) -> str:
    return f"{place:.2f}".rstrip("0").rstrip(".") + "%"
