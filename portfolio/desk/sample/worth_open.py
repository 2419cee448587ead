"""What the sample's open pilots count, cost and bring, by the pilot's name. All figures are invented."""

from decimal import Decimal

from kpis.money.terms import Commitment
from kpis.terms import KpiKind
from portfolio.desk.sample.story import (
    Booked,
    Changed,
    Counted,
    Entry,
    Signed,
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
    QUALITY,
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
_USED = "Accidents reported with pictures"
_DESK = "Right desk chosen"
_ESTIMATE = "Error of the first estimate"
_SOURCES = "Sources read by itself"
_NOTICE = "Time per loss notice"
_FIELDS = "Fields filled in right"
_SLOW = "Slowest answer of a call"

STILL_OPEN: dict[str, list[Step]] = {
    "Subrogation letter drafts": [
        *sent(course("Letters sent within a week", CURATED, {287: "76"}, cases=210))
    ],
    # A KPI is not whole yet, and the money is asked for.
    "Flood risk notes for underwriters": [
        Counted(14, f"{_SOURCES} 3 → 7 sources", {"kind": QUALITY}),
        Signed(13),
        *sent(
            course("Time per address", CURATED, {98: "11"}, cases=90),
            course(_SOURCES, SHADOW, {12: "6"}, cases=90),
        ),
    ],
    # Forty recorded sentences of the supplier, and no call of its own.
    "Voice bot for opening hours and documents": [
        *sent(course("Calls finished without an agent", DEMO, {245: "38"}, cases=40))
    ],
    # Only closed claims so far, and the money went elsewhere.
    "Claims triage for motor damage": [
        Counted(360, f"{_DESK} 74 → 90 %", scored()),
        *sent(course(_DESK, CURATED, {217: "91"}, cases=2600)),
        Booked(
            35,
            (
                Entry(COST, PILOT, "64000", 364, 112, "people"),
                Entry(
                    BUDGET,
                    PRODUCTION,
                    "120000",
                    112,
                    -90,
                    is_planned=True,
                    decided=Commitment.DEFERRED,
                    because="The connection to the claims system was in nobody's plan.",
                ),
            ),
        ),
    ],
    # Good on closed claims, worse on the day a claim comes in.
    "Water damage cost estimates": [
        *sent(
            course(_ESTIMATE, CURATED, {203: "19"}, cases=3100),
            course(_ESTIMATE, SHADOW, {49: "37", 19: "35", 5: "33"}, cases=410),
        )
    ],
    # The supplier changed its model, and nobody has scored either.
    "Reply drafts for complaint mails": [
        Versioned(280, "instructions 1", provider="Quillmark"),
        Versioned(84, "instructions 12", provider="Quillmark"),
    ],
    # A new index made it worse, and it was trained on documents of long ago.
    "Document search for claims handlers": [
        Counted(160, f"{_BEST} 52 → 80 %", scored(threshold=70)),
        Versioned(158, "index 30", trained_to=520),
        Versioned(98, "index 31", trained_to=420),
        *sent(
            course(_SEARCHES, LIMITED, {150: "66", 120: "67", 90: "61", 44: "60", 12: "64"}, cases=700),
            course(_BEST, LIMITED, {150: "74"}, cases=600, version="index 30"),
            course(_BEST, LIMITED, {91: "63"}, cases=600, version="index 31"),
        ),
    ],
    # Slower than agreed, and dearer with every picture.
    "Roadside photo damage report": [
        Counted(
            125,
            f"{_ANSWER} 12 → 4 s",
            whole(
                "Seconds from the last picture to the estimate, slowest of twenty",
                "Log of the service, every picture",
                kind=LATENCY,
                threshold=Decimal(5),
            ),
        ),
        Counted(
            125,
            f"{_USED} 0 → 400 accidents",
            whole("Accidents of a month with pictures", "Assistance system", kind=KpiKind.ADOPTION.value),
        ),
        Versioned(130, "Partwise 5.2", provider="Partwise"),
        *sent(
            course(_PICTURES, LIMITED, {96: "58", 66: "59", 36: "60", 18: "61"}, cases=360),
            course(_ANSWER, LIMITED, {96: "4.6", 36: "6.8", 18: "7.4"}, cases=1900),
            course(_USED, LIMITED, {80: "330", 50: "345", 20: "350"}),
        ),
        Booked(
            14,
            (
                Entry(COST, RUN, "2100", 110, 81, "vendor"),
                Entry(COST, RUN, "2200", 80, 51, "vendor"),
                Entry(COST, RUN, "3900", 50, 21, "vendor"),
            ),
        ),
    ],
    # The number was changed after it was signed.
    "Quote texts for brokers": [
        *sent(course("Time until a quote leaves", SHADOW, {20: "26", 6: "25"}, cases=60)),
        Changed(9, {"target": Decimal(20)}, "Two brokers were promised a quote within the day."),
    ],
    "Invoice coding for the claims ledger": [
        *sent(course("Invoices coded again at month's end", SHADOW, {224: "4"}, cases=4400)),
        Booked(
            75,
            (
                Entry(COST, PILOT, "27500", 343, 224, "people"),
                Entry(
                    BUDGET,
                    RUN,
                    "60000",
                    75,
                    -290,
                    is_planned=True,
                    decided=Commitment.DEFERRED,
                    because="No money for running it until the new year.",
                ),
            ),
        ),
    ],
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
