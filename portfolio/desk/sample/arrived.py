"""Four of the 33: they are in production, and one has held its value for a year. Aldermere is invented."""

from pilots.access.permissions import OwnerRole
from pilots.lifecycle import Stage
from pilots.models import HowBuilt, RiskTier
from pilots.models.log import Going
from portfolio.desk.sample.story import Agreed, Moved, Named, Said, Story

ARRIVED = (
    Story(
        name="Post sorting for claims letters",
        problem="A letter waits two days before somebody decides which desk it belongs to.",
        unit="Claims",
        how_built=HowBuilt.OWN,
        risk=RiskTier.MINIMAL,
        tags=("documents",),
        logged=756,
        approved=742,
        began=728,
        steps=(
            Agreed(728, "Time to the right desk 46 → 6 h"),
            Named(728, "Bram Dekker"),
            Moved(658, Stage.PROVEN, "94 % of 3,200 letters of one January week went to the right desk."),
            Moved(644, Stage.TRANSITION),
            Named(588, "Claims operations", OwnerRole.RUN_OWNER),
            Moved(
                574, Stage.LIMITED, "Two desks in Leeds, eleven clerks, a person reads every tenth letter."
            ),
            Moved(518, Stage.PRODUCTION, "After 30 days 7 h instead of 46, wrong desk 3 % instead of 9 %."),
            Said(273, "Six hours since summer. A new letter type took one afternoon to add.", Going.MOVING),
            Moved(
                140, Stage.SUSTAINED, "Twelve months on: 6 h, wrong desk 3 %, no overtime in the post room."
            ),
            Said(12, "Still 6 h. Every tenth letter is read by a person, as agreed.", Going.MOVING),
        ),
    ),
    Story(
        name="Windscreen invoice check",
        problem=(
            "Three in ten garage invoices are paid without anybody comparing them with the agreed prices."
        ),
        unit="Motor claims",
        how_built=HowBuilt.CONFIGURED,
        vendor="Parity Ledger",
        risk=RiskTier.MINIMAL,
        tags=("documents", "payments"),
        logged=672,
        approved=658,
        began=644,
        steps=(
            Agreed(644, "Invoices compared with the price list 70 → 100 %"),
            Named(637, "Paloma Reyes"),
            Moved(574, Stage.PROVEN, "1,180 invoices checked twice; 41 differences found, 39 were real."),
            Moved(553, Stage.TRANSITION),
            Named(497, "Payments team", OwnerRole.RUN_OWNER),
            Moved(483, Stage.LIMITED, "The six garages with most invoices; payments stay released by hand."),
            Moved(441, Stage.PRODUCTION, "30 days with every invoice compared; EUR 38,000 not overpaid."),
            Said(
                21,
                "All compared again this month. Two garages changed their form and we followed.",
                Going.MOVING,
            ),
        ),
    ),
    Story(
        name="Call notes for the service desk",
        problem="After each call an agent types for four minutes while the next customer waits.",
        unit="Customer service",
        how_built=HowBuilt.BOUGHT,
        vendor="Tessera Voice",
        risk=RiskTier.LIMITED,
        tags=("calls",),
        logged=630,
        approved=616,
        began=602,
        steps=(
            Agreed(602, "Typing after a call 240 → 60 s"),
            Named(602, "Esi Boateng"),
            Moved(525, Stage.PROVEN, "620 calls: 75 s of typing, 18 % of notes needed a correction."),
            Moved(518, Stage.TRANSITION),
            Named(441, "Service desk", OwnerRole.RUN_OWNER),
            Moved(434, Stage.LIMITED, "Fourteen agents of the evening shift."),
            Moved(378, Stage.PRODUCTION, "30 days: 66 s against 240, complaints about notes did not rise."),
            Said(154, "Typing is back at 95 s. Agents correct more notes than in spring.", Going.MOVING),
            Said(
                12,
                "33 % of notes are corrected now, 18 % when it went live. Nobody has looked for the cause.",
                Going.WAITING,
                manager=True,
            ),
        ),
    ),
    Story(
        name="Address change without retyping",
        problem="A customer who moves house writes once, and four people type the new address.",
        unit="Customer service",
        how_built=HowBuilt.OWN,
        risk=RiskTier.MINIMAL,
        tags=("documents",),
        logged=490,
        approved=476,
        began=462,
        steps=(
            Agreed(462, "Addresses typed by hand 100 → 20 %"),
            Named(462, "Chiara Lombardi"),
            Moved(385, Stage.PROVEN, "2,050 letters and mails; 83 % needed no hand, 0.4 % were wrong."),
            Moved(371, Stage.TRANSITION),
            Named(308, "Service desk", OwnerRole.RUN_OWNER),
            Moved(301, Stage.LIMITED, "Household policies of two regions, 300 changes a week."),
            Moved(245, Stage.PRODUCTION, "30 days: 19 % typed by hand, errors below those of typing."),
            Said(18, "Steady at 17 %. Motor policies join in the new year.", Going.MOVING),
        ),
    ),
)
