"""Whatever is written into the log can be told in a sentence."""

import ast
import re
from pathlib import Path

import pytest

import pilots
from pilots.access.models import Event
from pilots.web.told import VERBS, tell
from tests.conftest import NOW

WRITERS = {"event", "event_row", "record"}
LOOKS_LIKE_A_VERB = re.compile(r"[a-z-]+\.[a-z_]+")


def verbs_of(path: Path) -> set[str]:
    """Return what looks like a verb in a source that builds events."""
    tree = ast.parse(path.read_text())
    called = {
        getattr(node.func, "id", getattr(node.func, "attr", ""))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    }
    if not called & WRITERS:
        return set()
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and LOOKS_LIKE_A_VERB.fullmatch(node.value)
    }


def written_verbs() -> set[str]:
    root = Path(pilots.__file__).parents[1]
    sources = [path for app in ("pilots", "kpis", "portfolio") for path in (root / app).rglob("*.py")]
    return set().union(*(verbs_of(path) for path in sources))


def test_every_verb_that_is_written_has_a_sentence_and_none_is_left_over():
    assert written_verbs() == set(VERBS)


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_sentence_stands_even_where_an_event_says_little(verb):
    told = tell(Event(verb=verb, subject="the subject", at=NOW, source="web", before={}, after={}))

    assert told.what
    assert "noted “" not in told.what


@pytest.mark.parametrize(
    ("verb", "fields", "sentence"),
    [
        ("message.retried", {"subject": "digest to Ada"}, "queued a parked mail again: digest to Ada"),
        ("message.all_released", {"after": {"messages": 1200}}, "let all 1,200 held mails go out"),
        ("message.all_released", {"after": {"messages": 1}}, "let the 1 mail that was held go out"),
        (
            "mail.read",
            {"subject": "password link to a@example.com"},
            "read a mail with a way in: password link to a@example.com",
        ),
        ("job.retried", {"subject": "rules:2026-11-18T09"}, "let rules:2026-11-18T09 run again"),
        (
            "pack.frozen",
            {"subject": "November", "after": {"meeting_on": "2026-11-24"}},
            "froze the steering pack November for the meeting on Tue 24 Nov 2026",
        ),
        (
            "pack.removed",
            {"subject": "November", "before": {"meeting_on": "2026-11-24"}},
            "removed the steering pack November for the meeting on Tue 24 Nov 2026",
        ),
        (
            "pack.shared",
            {"subject": "November", "after": {"until": "2026-12-02T09:00:00+00:00"}},
            "made a link to the steering pack November, which ends on Wed 2 Dec 2026",
        ),
        ("pack.share_revoked", {"subject": "November"}, "ended a link to the steering pack November"),
        ("sharing.switched", {"after": {"on": True, "ended": 0}}, "allowed links to steering packs"),
        ("sharing.switched", {"after": {"on": False, "ended": 0}}, "forbade links to steering packs"),
        (
            "sharing.switched",
            {"after": {"on": False, "ended": 3}},
            "forbade links to steering packs, and ended 3",
        ),
        ("rule.limits_set", {"subject": "R-01"}, "set the limits of R-01"),
        ("rule.backtest_asked", {"subject": "R-01"}, "tried limits of R-01 on the past"),
        (
            "member.removed",
            {"subject": "ada@example.com", "before": {"role": "viewer"}},
            "removed ada@example.com, who was viewer",
        ),
    ],
)
def test_deeds_beyond_pilots_are_told_in_words(verb, fields, sentence):
    assert tell(Event(verb=verb, at=NOW, source="web", **fields)).what == sentence


@pytest.mark.parametrize(
    ("verb", "before", "after", "sentence"),
    [
        (
            "milestone.added",
            {},
            {"title": "Go-live", "due_on": "2026-12-01"},
            "added the milestone “Go-live”, due Tue 1 Dec 2026",
        ),
        ("milestone.added", {}, {"title": "Go-live"}, "added the milestone “Go-live”"),
        (
            "milestone.done",
            {"title": "Go-live", "done_on": None},
            {"title": "Go-live", "done_on": "2026-12-01"},
            "closed the milestone “Go-live”, done Tue 1 Dec 2026",
        ),
        ("milestone.removed", {"title": "Go-live"}, {}, "removed the milestone “Go-live”"),
    ],
)
def test_milestones_are_told_in_words(verb, before, after, sentence):
    event = Event(verb=verb, at=NOW, source="web", before=before, after=after)
    assert tell(event).what == sentence


def test_custom_fields_are_told_one_by_one():
    event = Event(
        verb="pilot.edited",
        at=NOW,
        source="web",
        before={"custom": {"works-council": None, "contract-ends": "2026-12-01"}, "vendor": "A"},
        after={"custom": {"works-council": False, "contract-ends": None}, "vendor": "B"},
    )
    assert [(field.label, field.before, field.after) for field in tell(event).differences] == [
        ("Vendor", "A", "B"),
        ("Contract ends", "Tue 1 Dec 2026", ""),
        ("Works council", "", "no"),
    ]


def test_what_stayed_is_no_difference():
    event = Event(
        verb="milestone.edited",
        at=NOW,
        source="web",
        before={"title": "Go-live", "due_on": None},
        after={"title": "Go-live", "due_on": "2026-12-01"},
    )
    assert [(field.label, field.after) for field in tell(event).differences] == [("Due on", "Tue 1 Dec 2026")]
