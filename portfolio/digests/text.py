"""A digest as plain text. It says everything the HTML says; line by line, so that any reader of mail can."""

from collections.abc import Iterable

from portfolio.digests.parts import Chapter, Digest, Item, Question, Recovery


def as_text(digest: Digest) -> str:
    """Return the body of the mail."""
    head = [f"{digest.seen}, as of {digest.as_of}", ", ".join(total.said for total in digest.totals)]
    blocks = [
        [*(line for line in head if line), *([digest.conversion] if digest.conversion else [])],
        _questions(f"{digest.asks.upper()} FOR YOU", digest.decisions),
        _questions("WAITING FOR A DECISION", digest.waiting, "Open"),
        _items("NO ANSWER YET, NOW WITH YOU", digest.unanswered),
        _items("NEWLY STALLED", digest.newly),
        _items("STALLED SINCE BEFORE", digest.before),
        [f"STUCK: {digest.in_short.said}"] if digest.in_short else [],
        _items("BLOCKED", digest.blocked),
        [*_names("STILL STALLED", digest.still), *_recovered(digest.recovered), *_due(digest)],
        _lines(digest),
        _foot(digest),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _questions(title: str, chapter: Chapter[Question], verb: str = "Decide") -> list[str]:
    if not chapter:
        return []
    lines = [f"{title} ({chapter.counted})"]
    for asked in chapter.entries:
        about = " ".join(part for part in (asked.key, asked.name) if part)
        said = (asked.question_inside, asked.needed_by, asked.asked_of)
        lines.append(f"{about}: {' '.join(part for part in said if part)}{_mark(asked)}")
        lines += [f"  Next: {asked.next_action}"] if asked.next_action else []
        lines.append(f"  {verb}: {asked.url}")
    return [*lines, *_more(chapter.more, chapter.url)]


def _items(title: str, chapter: Chapter[Item]) -> list[str]:
    if not chapter:
        return []
    lines = [f"{title} ({chapter.counted})"]
    for item in chapter.entries:
        next_step = [f"Next: {item.next_action}" if item.next_action else ""]
        next_step += [f"Can unblock: {item.unblock}" if item.unblock else ""]
        lines.append(f"{item.key} {item.name}: {item.fact_inside}{_mark(item)}")
        lines += [f"  {' '.join(part for part in next_step if part)}"] if any(next_step) else []
        lines.append(f"  {item.verb}: {item.url}")
    return [*lines, *_more(chapter.more, chapter.url)]


def _names(title: str, chapter: Chapter[Item]) -> list[str]:
    told = [f"{item.key} {item.name}, {item.age}" for item in chapter.entries]
    return _row(title, chapter.counted, told, chapter.more)


def _recovered(chapter: Chapter[Recovery]) -> list[str]:
    told = [f"{row.key} {row.name}, {row.what} {row.day}" for row in chapter.entries]
    return _row("RECOVERED", chapter.counted, told, chapter.more)


def _due(digest: Digest) -> list[str]:
    told = [f"{row.key} {row.name}, {row.day_said}" for row in digest.due.entries]
    return _row(f"DUE BY {digest.last_day.upper()}", digest.due.counted, told, digest.due.more)


def _row(title: str, counted: str, told: Iterable[str], more: int) -> list[str]:
    words = "; ".join(told)
    if not words:
        return []
    return [f"{title} ({counted}): {words}{f' and {more:,} more' if more else ''}"]


def _more(more: int, url: str) -> list[str]:
    if not more:
        return []
    return [f"And {more:,} more: {url}" if url else f"And {more:,} more."]


def _mark(item: Item | Question) -> str:
    return " (Confidential.)" if item.is_confidential else ""


def _lines(digest: Digest) -> list[str]:
    if not digest.lines:
        return []
    return ["SHARED BY MANY", *(line.said for line in digest.lines)]


def _foot(digest: Digest) -> list[str]:
    invite = [f"{digest.unmailed}. Invite: {digest.people_url}"] if digest.unmailed else []
    return [
        *invite,
        *([f"Same list and totals: {digest.stalled_url}"] if digest.stalled_url else []),
        f"Day, hour, stop: {digest.settings_url}",
    ]
