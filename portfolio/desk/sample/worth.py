"""What the sample's pilots count, cost and bring, by the pilot's name. All figures are invented.

Days count back from the day of loading.
"""

from decimal import Decimal
from typing import Any

from kpis.money.terms import Commitment
from kpis.terms import KpiKind, ReportKind, Verdict
from portfolio.desk.sample.story import (
    Booked,
    Counted,
    Entry,
    Looped,
    Reported,
    Step,
    Versioned,
)
from portfolio.desk.sample.worth_open import STILL_OPEN
from portfolio.desk.sample.worth_words import (
    BENEFIT,
    BUDGET,
    COST,
    CURATED,
    LIVE,
    PILOT,
    PRODUCTION,
    RUN,
    course,
    evenly,
    scored,
    sent,
    whole,
)

# The parts of the main KPI, from the day it was agreed.
PARTS: dict[str, dict[str, Any]] = {
    "Post sorting for claims letters": whole(
        "Hours from the letter's arrival to the desk that decides", "Post room's journal, all letters"
    ),
    "Windscreen invoice check": whole(
        "Share of garage invoices compared with the price list", "Payment system, all invoices of a month"
    ),
    "Call notes for the service desk": whole(
        "Seconds an agent types after a call", "Telephone system, all calls of the desk"
    ),
    "Address change without retyping": whole(
        "Share of new addresses somebody types by hand", "Customer register, all changes of address"
    ),
    "Flood risk notes for underwriters": whole(
        "Minutes until an underwriter has judged one address", "Timed by two underwriters, thirty addresses"
    ),
    "Document search for claims handlers": whole(
        "Searches after which a document is opened and kept open", "Log of the search, all handlers"
    ),
    "Roadside photo damage report": whole(
        "Accidents with pictures within an hour of the call", "Assistance system, all accidents"
    ),
    "Quote texts for brokers": whole(
        "Hours from the broker's question to the quote", "Quoting system, all small businesses"
    ),
    "Loss notices from phone calls": whole(
        "Minutes from picking up to the notice being saved",
        "Telephone system and claims system, all calls of the group",
        cadence_days=7,
        value_per_unit=Decimal(2600),
        value_currency="EUR",
    ),
}

_LETTERS = "Time to the right desk"
_RIGHT = "Letters on the right desk"
_INVOICES = "Invoices compared with the price list"
_FOUND = "Differences found that are real"
_TYPING = "Typing after a call"
_CORRECTED = "Notes corrected"
_BY_HAND = "Addresses typed by hand"
_ADDRESSES = "Addresses read right"

ARRIVED: dict[str, list[Step]] = {
    # The loop is closed, and the value was confirmed after a year.
    "Post sorting for claims letters": [
        Counted(500, f"{_RIGHT} 91 → 97 %", scored(threshold=94)),
        Versioned(500, "2026.1", trained_to=540),
        Versioned(62, "2026.2", trained_to=90),
        Looped(
            60,
            {
                "truth_source": "The desk that closed the claim",
                "linkage_key": "Number of the letter",
                "answered": 9100,
                "labelled": 8840,
                "retrain_every_days": 180,
            },
            trained=62,
        ),
        *sent(
            course(_LETTERS, LIVE, {500: "7", 380: "6.5", 200: "6", 150: "6"}, cases=9000),
            course(_LETTERS, LIVE, evenly("6", "6", "5.8", "6", "5.9", "6", "5.8", "5.9"), cases=4200),
            course(_RIGHT, CURATED, {480: "96"}, cases=400, version="2026.1"),
            course(_RIGHT, CURATED, {61: "97.25"}, cases=400, version="2026.2"),
            course(_RIGHT, LIVE, {58: "97", 22: "97.1"}, cases=900, version="2026.2"),
        ),
        Booked(
            30,
            (
                Entry(COST, PILOT, "48000", 728, 520, "people"),
                Entry(COST, RUN, "18200", 365, 30, "compute"),
                Entry(COST, RUN, "20000", 365, 0, "compute", is_planned=True),
                Entry(BUDGET, RUN, "26000", 365, 0, is_planned=True, decided=Commitment.COMMITTED),
                Entry(
                    BENEFIT,
                    RUN,
                    "131000",
                    395,
                    30,
                    "cost_saving",
                    note="No overtime in the post room, two temporary posts ended",
                    verified="Agrees with the cost centre of the post room.",
                ),
            ),
        ),
        Reported(
            141, ReportKind.YEAR, "6 hours instead of 46 for twelve months, without overtime.", Verdict.HELD
        ),
        Reported(2, ReportKind.MONTH, "As in the months before. One new letter type was added."),
    ],
    # In order: scored, trained in time, and looked at again after a year.
    "Windscreen invoice check": [
        Counted(430, f"{_FOUND} 80 → 95 %", scored()),
        Versioned(430, "prices 7", trained_to=440, provider="Parity Ledger"),
        Versioned(210, "prices 8", trained_to=230, provider="Parity Ledger"),
        Looped(
            205,
            {
                "truth_source": "Credit notes of the garages",
                "linkage_key": "Invoice number",
                "retrain_every_days": 365,
            },
            trained=210,
        ),
        *sent(
            course(_INVOICES, LIVE, {440: "100", 320: "100", 150: "100"}),
            course(_INVOICES, LIVE, evenly(*["100"] * 8), cases=620),
            course(_FOUND, CURATED, {425: "93"}, cases=300, version="prices 7"),
            course(_FOUND, CURATED, {209: "94.5"}, cases=300, version="prices 8"),
        ),
        Booked(
            14,
            (
                Entry(COST, PRODUCTION, "22000", 553, 441, "vendor"),
                Entry(COST, RUN, "14400", 365, 14, "licences"),
                Entry(BUDGET, RUN, "15000", 365, 0, is_planned=True, decided=Commitment.COMMITTED),
                Entry(
                    BENEFIT,
                    RUN,
                    "96500",
                    379,
                    14,
                    "cost_saving",
                    note="Not overpaid to garages",
                    verified="Compared with the credit notes of the year.",
                ),
                Entry(BENEFIT, RUN, "12000", 104, 14, "efficiency", note="Fewer questions to garages"),
            ),
        ),
        Reported(64, ReportKind.YEAR, "Every invoice is compared, and garages know it.", Verdict.HELD),
        Reported(3, ReportKind.MONTH, "Every invoice was compared. Two garages changed their form."),
    ],
    # The value goes, and nobody looks: the loop is open and nothing is reported.
    "Call notes for the service desk": [
        Counted(
            300,
            f"{_CORRECTED} 18 → 15 %",
            whole(
                "Notes an agent changes before saving",
                "Telephone system, all calls",
                kind=KpiKind.DRIFT.value,
                threshold=Decimal(25),
            ),
        ),
        *sent(
            course(_TYPING, LIVE, {370: "66", 260: "70", 154: "95"}),
            course(_TYPING, LIVE, evenly(*["94", "96", "95", "97", "98", "97", "99", "98"]), cases=5100),
            course(_CORRECTED, LIVE, {290: "18", 154: "24", 63: "31", 32: "32", 4: "33"}, cases=5100),
        ),
        Booked(
            60,
            (
                Entry(COST, RUN, "31000", 378, 60, "licences"),
                Entry(COST, RUN, "36000", 378, 0, "licences", is_planned=True),
                Entry(
                    BENEFIT,
                    RUN,
                    "88000",
                    378,
                    60,
                    "efficiency",
                    note="Three minutes a call, all agents",
                    verified="Agrees with the hours of the desk.",
                ),
            ),
        ),
    ],
    "Address change without retyping": [
        Counted(240, f"{_ADDRESSES} 90 → 99 %", scored(threshold=97)),
        Versioned(240, "v4", trained_to=260),
        Looped(
            100,
            {
                "truth_source": "Letters that come back",
                "linkage_key": "Customer number",
                "answered": 4400,
                "labelled": 4150,
                "retrain_every_days": 365,
            },
            trained=240,
        ),
        *sent(
            course(_BY_HAND, LIVE, {240: "19", 180: "18"}, cases=1200),
            course(_BY_HAND, LIVE, evenly("18", "17", "18", "17", "17", "17", "17", "17"), cases=610),
            course(_ADDRESSES, LIVE, {238: "98.8", 30: "99.1"}, cases=500, version="v4"),
        ),
        Booked(
            30,
            (
                Entry(COST, PILOT, "35500", 462, 245, "people"),
                Entry(COST, RUN, "6200", 245, 30, "compute"),
                Entry(BUDGET, RUN, "11000", 245, -120, is_planned=True, decided=Commitment.COMMITTED),
                Entry(
                    BENEFIT,
                    RUN,
                    "41000",
                    245,
                    30,
                    "efficiency",
                    note="1,900 hours not typed",
                    verified="Hours as the service desk books them.",
                ),
            ),
        ),
        Reported(2, ReportKind.MONTH, "Steady at 17 %. Nothing went wrong that was not noticed."),
    ],
}

# What was spent on those that were stopped, and given back in time.
STOPPED: dict[str, list[Step]] = {
    name: [Booked(day, (Entry(COST, PILOT, amount, first, day, category),))]
    for name, day, first, amount, category in (
        ("Parking-fine dispute letters", 645, 721, "9500", "people"),
        ("Hail damage from roof photographs", 533, 700, "74000", "vendor"),
        ("Chat answers on the website", 568, 679, "41000", "licences"),
        ("Staffing forecast for storm days", 498, 658, "33000", "people"),
        ("Cyber policy wording comparison", 512, 630, "28000", "people"),
    )
}

WORTH: dict[str, tuple[Step, ...]] = {
    name: tuple(steps) for told in (ARRIVED, STILL_OPEN, STOPPED) for name, steps in told.items()
}
