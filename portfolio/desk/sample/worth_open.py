"""What the sample's open pilots count, cost and bring, by the pilot's name. All figures are invented."""

from decimal import Decimal

from kpis.money.terms import Commitment
from portfolio.desk.sample.story import (
    Booked,
    Counted,
    Entry,
    Step,
    Versioned,
)
from portfolio.desk.sample.worth_words import (
    BENEFIT,
    BUDGET,
    COST,
    CURATED,
    DEMO,
    LATENCY,
    LIMITED,
    PILOT,
    PRODUCTION,
    RUN,
    SHADOW,
    course,
    scored,
    sent,
    whole,
)

_SEARCHES = "Searches that end with a document"
_BEST = "Right document among the first three"
_PICTURES = "Pictures within the hour"
_ANSWER = "Answer to a picture"
_DESK = "Right desk chosen"
_SOURCES = "Sources read by itself"
_AGREE = "Underwriters who agree"
_NOTICE = "Time per loss notice"
_FIELDS = "Fields filled in right"
_SLOW = "Slowest answer of a call"


def _paid(day: int, amount: str, since: int) -> Booked:
    """The way to production is paid for: what the board committed, over ninety days."""
    until = since - 90
    entry = Entry(BUDGET, PRODUCTION, amount, since, until, is_planned=True, decided=Commitment.COMMITTED)
    return Booked(day, (entry,))


STILL_OPEN: dict[str, list[Step]] = {
    "Subrogation letter drafts": [
        *sent(course("Letters sent within a week", CURATED, {287: "76"}, cases=210))
    ],
    # Three whole KPIs, signed, and the money is there.
    "Flood risk notes for underwriters": [
        Counted(14, f"{_SOURCES} 3 → 7 sources", scored()),
        Counted(
            14,
            f"{_AGREE} 60 → 90 %",
            whole("Addresses on which two underwriters agree", "Thirty addresses, judged twice"),
        ),
        *sent(
            course("Time per address", CURATED, {74: "11"}, cases=90),
            course(_SOURCES, SHADOW, {12: "6"}, cases=90),
        ),
        _paid(13, "55000", 15),
    ],
    "Product ideas from complaints": [_paid(13, "30000", 15)],
    # Forty recorded sentences of the supplier, then a thousand calls of its own.
    "Voice bot for opening hours and documents": [
        *sent(
            course("Calls finished without an agent", DEMO, {245: "38"}, cases=40),
            course("Calls finished without an agent", SHADOW, {14: "9"}, cases=1000),
        )
    ],
    # All is there but the connection that matters.
    "Claims triage for motor damage": [
        Counted(74, f"{_DESK} 74 → 90 %", scored()),
        *sent(
            course(_DESK, CURATED, {86: "91"}, cases=2600),
            course(_DESK, SHADOW, {20: "88", 8: "89"}, cases=420),
            course("Time to a decision", SHADOW, {8: "5.4"}, cases=420),
        ),
        _paid(70, "120000", 75),
    ],
    # Trained on closed claims of long ago, and nobody looked at what comes in.
    "Water damage cost estimates": [
        Versioned(60, "estimate 3", trained_to=420),
        *sent(course("Error of the first estimate", SHADOW, {40: "26", 14: "25", 2: "25"}, cases=410)),
        _paid(50, "80000", 54),
    ],
    # The supplier changed its model, and nobody has scored either.
    "Reply drafts for complaint mails": [
        Versioned(280, "instructions 1", provider="Quillmark"),
        Versioned(84, "instructions 12", provider="Quillmark"),
    ],
    # What comes out is good; how it gets out is by hand.
    "Document search for claims handlers": [
        Counted(62, f"{_BEST} 52 → 80 %", scored(threshold=70)),
        Versioned(58, "index 31", trained_to=80),
        *sent(
            course(_SEARCHES, SHADOW, {40: "72", 20: "73", 5: "74"}, cases=700),
            course(_BEST, SHADOW, {40: "81"}, cases=600, version="index 31"),
        ),
        _paid(60, "45000", 63),
    ],
    # As quick as agreed: it is the nights on which nobody answers.
    "Roadside photo damage report": [
        Counted(
            58,
            f"{_ANSWER} 12 → 4 s",
            whole(
                "Seconds from the last picture to the estimate, slowest of twenty",
                "Log of the service, every picture",
                kind=LATENCY,
                threshold=Decimal(5),
            ),
        ),
        *sent(
            course(_PICTURES, SHADOW, {40: "57", 26: "58", 8: "58"}, cases=360),
            course(_ANSWER, SHADOW, {40: "4.6", 8: "4.4"}, cases=1900),
        ),
        _paid(56, "50000", 59),
    ],
    "Quote texts for brokers": [
        *sent(course("Time until a quote leaves", LIMITED, {12: "24", 6: "23"}, cases=40)),
    ],
    "Invoice coding for the claims ledger": [
        *sent(course("Invoices coded again at month's end", SHADOW, {26: "4"}, cases=4400)),
        Booked(
            20,
            (
                Entry(COST, PILOT, "27500", 343, 26, "people"),
                Entry(
                    BUDGET,
                    RUN,
                    "60000",
                    20,
                    -345,
                    is_planned=True,
                    decided=Commitment.DEFERRED,
                    because="No money for running it until the new year.",
                ),
            ),
        ),
    ],
    "Cancellation reasons from phone calls": [_paid(13, "25000", 15)],
    # Healthy: three whole KPIs, signed, measured where it is used, within its budgets.
    "Loss notices from phone calls": [
        Counted(90, f"{_FIELDS} 92 → 98 %", scored(threshold=96)),
        Counted(
            90,
            f"{_SLOW} 6 → 2 s",
            whole(
                "Seconds until the notice is filled in, slowest of twenty",
                "Log of the service, every call",
                kind=LATENCY,
                threshold=Decimal(4),
            ),
        ),
        Versioned(88, "1.0", trained_to=120),
        Versioned(30, "1.1", trained_to=60),
        *sent(
            course(_NOTICE, SHADOW, {60: "13.4", 30: "12.8"}, cases=730),
            course(_NOTICE, LIMITED, {6: "13.1", 1: "12.2"}, cases=180),
            course(_FIELDS, CURATED, {86: "96.5"}, cases=400, version="1.0"),
            course(_FIELDS, CURATED, {30: "97.5"}, cases=400, version="1.1"),
            course(_FIELDS, LIMITED, {6: "97.2", 1: "97.4"}, cases=180, version="1.1"),
            course(_SLOW, LIMITED, {6: "3.1", 1: "2.9"}, cases=180),
        ),
        Booked(
            28,
            (
                Entry(COST, PILOT, "52000", 287, 161, "people"),
                Entry(COST, PILOT, "50000", 287, 161, "people", is_planned=True),
                Entry(COST, PRODUCTION, "38000", 91, 28, "people"),
                Entry(COST, PRODUCTION, "60000", 91, 0, "people", is_planned=True),
                Entry(BUDGET, PRODUCTION, "70000", 91, 0, is_planned=True, decided=Commitment.COMMITTED),
                Entry(BUDGET, RUN, "42000", 0, -365, is_planned=True, decided=Commitment.COMMITTED),
                Entry(BENEFIT, RUN, "220000", 0, -365, "efficiency", is_planned=True, note="7 min a notice"),
            ),
        ),
    ],
}
