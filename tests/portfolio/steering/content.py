"""A frozen pack written by hand: every part has something, and names that must not slip out."""

from copy import deepcopy
from datetime import UTC, date, datetime

from portfolio.steering.out.said import Frozen

SECRET = "Undisclosed merger desk"
PERSON = "Ottilie Canary"

_STAGES = [
    ("piloting", "Piloted", 36, 14, 5, 1, 6, None, 1.0),
    ("proven", "Proven", 24, 9, 8, 2, 4, 0.6667, 0.6667),
    ("production", "In production", 10, 9, 9, 0, 1, 0.4167, 0.2778),
]
_CONTENT = {
    "format": 1,
    "frozen_on": "2026-11-18",
    "as_of": "2026-11-18",
    "known_at": "2026-11-18T09:00:00+00:00",
    "filters": [["Programs", "Claims AI"], ["Entered", "Piloting"]],
    "query": "program=claims",
    "as_seen_by": PERSON,
    "since": {"on": "2026-10-20", "said": "since the last pack"},
    "funnel": {
        "denominator": 36,
        "goal": "production",
        "undecided": 16,
        "arrived": 10,
        "ended": 11,
        "stages": [
            {
                "stage": stage,
                "name": name,
                "reached": reached,
                "there_now": there,
                "open": open_,
                "on_hold": held,
                "ended": ended,
                "conversion_from_previous": before,
                "conversion_from_entry": entry,
            }
            for stage, name, reached, there, open_, held, ended, before, entry in _STAGES
        ],
        "words": {
            "state": "36 piloted, 24 proven, 10 reached production; 16 undecided.",
            "finding": "Ten of 36 reached production; 16 are undecided",
            "rate": "27.8 % reached production, 16 undecided.",
            "method": "36 pilots that entered Piloting, by furthest stage.",
            "still_open": "",
            "nothing": "",
            "left_out": "",
            "benchmark_absent": "Too few.",
        },
    },
    "benchmarks": [],
    "decisions": [
        {
            "id": 7,
            "pilot": 1,
            "key": "CLM-1",
            "name": SECRET,
            "question": f"Shall {SECRET} go on, {PERSON} asks?",
            "options": "Go on; stop",
            "needed_by": "2026-11-30",
            "decider": PERSON,
            "asked_by": PERSON,
            "program": "Claims AI",
        }
    ],
    "decisions_total": 1,
    "stalled": [
        {
            "pilot": 1,
            "key": "CLM-1",
            "name": SECRET,
            "pattern": "Ownership vacuum",
            "fact": "Nobody answers for it since 32 days",
            "since": "2026-11-01",
            "days": 17,
            "next_action": f"{PERSON} names an owner.",
            "owners": [PERSON],
        }
    ],
    "stalled_total": 1,
    "changes": [
        {
            "label": "Proven",
            "sign": "+",
            "count": 2,
            "pilots": [
                {"pilot": 1, "key": "CLM-1", "name": SECRET},
                {"pilot": 2, "key": "CLM-2", "name": "=2+5"},
            ],
        }
    ],
    "age": {
        "label": "Age of open work",
        "findings": [
            {"finding": "One open pilot is slow", "sub": "22 open pilots.", "note": "", "refused": ""}
        ],
        "numbers": {
            "stages": [
                {
                    "stage": "piloting",
                    "open": 14,
                    "on_hold": 1,
                    "half_by": 80,
                    "slow_by": 150,
                    "slowest_by": 200,
                    "above_85": 3,
                    "above_95": 1,
                    "oldest": 220,
                },
                {
                    "stage": "proven",
                    "open": 8,
                    "on_hold": 2,
                    "half_by": None,
                    "slow_by": None,
                    "slowest_by": None,
                    "above_85": None,
                    "above_95": None,
                    "oldest": 40,
                },
            ],
            "oldest": [
                {"pilot": 1, "key": "CLM-1", "name": SECRET, "stage": "piloting", "days": 220, "above": 95},
                {"pilot": 2, "key": "CLM-2", "name": "=2+5", "stage": "proven", "days": 40, "above": None},
            ],
        },
    },
    "time": {
        "label": "Time to production",
        "findings": [
            {"finding": "28 % by month 6", "sub": "n = 36.", "note": "Aalen–Johansen.", "refused": ""}
        ],
        "numbers": {
            "curve": [
                {
                    "month": month,
                    "day": month * 30,
                    "arrived": arrived,
                    "arrived_low": arrived / 2,
                    "arrived_high": arrived * 1.5,
                    "stopped": arrived / 4,
                    "stopped_low": 0.0,
                    "stopped_high": arrived,
                    "at_risk": 36 - month,
                    "kaplan_meier": arrived,
                }
                for month, arrived in ((0, 0.0), (3, 0.1), (6, 0.28))
            ],
            "steps": [
                {
                    "day": day,
                    "arrived": arrived,
                    "arrived_low": arrived / 2,
                    "arrived_high": arrived * 1.5,
                    "stopped": arrived / 4,
                    "stopped_low": 0.0,
                    "stopped_high": arrived,
                }
                for day, arrived in ((0, 0.0), (70, 0.1), (140, 0.28), (183, 0.28))
            ],
        },
    },
    "forecast": {
        "label": "Forecast",
        "findings": [{"finding": "1 to 4 next quarter", "sub": "80 %.", "note": "", "refused": ""}],
        "numbers": {
            "quarter": "Q1 2027",
            "low": 1,
            "middle": 2,
            "high": 4,
            "level": 0.8,
            "runs": 2000,
            "open": 16,
        },
    },
    "definitions": [["Ever", "Every pilot that reached the stage."]],
}


def content(**more):
    return deepcopy(_CONTENT) | more


def frozen(given=None, **more):
    """Return the pack as it is composed."""
    fields = {
        "title": "Steering group",
        "meeting_on": date(2026, 11, 24),
        "frozen_at": datetime(2026, 11, 18, 9, 0, tzinfo=UTC),
        "content": given or content(),
    }
    return Frozen(**(fields | more))
