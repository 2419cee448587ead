"""Nine of the 33 are on their way to production. Each but the last, which is healthy, lacks something."""

from pilots.access.permissions import OwnerRole
from pilots.design import ConnectionKind, RolloutKind, RolloutOutcome
from pilots.lifecycle import Stage
from pilots.models import HowBuilt, RiskTier
from pilots.models.log import Going
from portfolio.desk.sample.story import (
    Agreed,
    Answered,
    Asked,
    Closed,
    Connected,
    Entrusted,
    Left,
    Moved,
    Named,
    Prepared,
    Said,
    Shown,
    Step,
    Stepped,
    Story,
    Waived,
)

# What a plan asks for in its first phase so that its worth can be told.
NUMBERS = frozenset({"three-kpis", "kpi-baseline", "kpi-signed"})


def backed(days: int, lead: str) -> tuple[Step, ...]:
    """Somebody answers for the technology, and its owner may decide and spend."""
    return (
        Named(days, lead, OwnerRole.TECHNICAL_LEAD),
        Entrusted(days, "Scope, dates, and who has it first", "Up to EUR 60,000"),
    )


PLANNED = (
    # Nobody is accountable: the owner left and nobody followed.
    Story(
        name="Flood risk notes for underwriters",
        problem="An underwriter opens seven sources to judge the flood risk of one address.",
        unit="Home underwriting",
        how_built=HowBuilt.OWN,
        risk=RiskTier.LIMITED,
        tags=("documents",),
        logged=448,
        approved=434,
        began=420,
        steps=(
            Agreed(420, "Time per address 26 → 10 min"),
            Named(420, "Dafydd Rees"),
            Moved(74, Stage.PROVEN, "Ninety addresses: 11 minutes each, no flooded house missed."),
            *backed(16, "Bram Dekker"),
            Moved(15, Stage.TRANSITION),
            Prepared(12),
            Left(11, "Changed to another company"),
            Said(
                6,
                "Data science built it, IT hosts it, underwriting would use it. Who decides?",
                manager=True,
            ),
        ),
    ),
    # No number was ever agreed.
    Story(
        name="Product ideas from complaints",
        problem="Eight thousand complaints a year are answered and then forgotten.",
        unit="Products",
        how_built=HowBuilt.OWN,
        tags=("chat",),
        logged=329,
        approved=315,
        began=301,
        steps=(
            Named(301, "Chiara Lombardi"),
            Said(
                238, "Twenty themes found. What would make this a success has not been agreed.", Going.MOVING
            ),
            Moved(72, Stage.PROVEN, "Product managers recognised nineteen of twenty themes as theirs."),
            *backed(16, "Kavya Menon"),
            Moved(15, Stage.TRANSITION),
            Prepared(12, lacks=NUMBERS),
            Shown(12, ("evaluation",)),
            Said(
                5, "Everybody likes the themes. By which number we would notice, nobody says.", Going.MOVING
            ),
        ),
    ),
    # The connection to the core system was nobody's plan.
    Story(
        name="Claims triage for motor damage",
        problem="It takes nine days until a motor claim is with somebody who may decide.",
        unit="Motor claims",
        how_built=HowBuilt.OWN,
        risk=RiskTier.LIMITED,
        tags=("scoring", "images"),
        logged=392,
        approved=378,
        began=364,
        steps=(
            Agreed(364, "Time to a decision 9 → 5 days"),
            Named(357, "Hiroshi Mori"),
            Moved(86, Stage.PROVEN, "On 2,600 closed claims it chose the handler's desk in 91 % of cases."),
            *backed(75, "Jonas Weiß"),
            Moved(74, Stage.TRANSITION),
            Connected(
                62,
                "Claims system",
                ConnectionKind.LEGACY,
                {"owner": "Its supplier", "state": "listed"},
                {"contract_agreed_on": 63},
            ),
            Closed(60, "Scope agreed with the two busiest motor desks."),
            Closed(31, "It reads yesterday's claims every night, from a copy."),
            Said(
                28,
                "The claims system takes no data from outside. Nobody had asked its supplier.",
                Going.BLOCKED,
            ),
            Prepared(9, lacks=frozenset({"connections-tested"})),
            Said(4, "The supplier has sent an offer. Nobody who could sign it has seen it.", Going.WAITING),
            Asked(
                3, "Sign the supplier's offer for the connection?", ("Sign it", "Plan without it", "Stop"), 5
            ),
        ),
    ),
    # The real data looks different.
    Story(
        name="Water damage cost estimates",
        problem="First estimates of water damage are off by 40 %, and reserves with them.",
        unit="Home claims",
        how_built=HowBuilt.OWN,
        risk=RiskTier.LIMITED,
        tags=("scoring",),
        logged=385,
        approved=371,
        began=357,
        steps=(
            Agreed(357, "Error of the first estimate 40 → 20 %"),
            Named(350, "Imani Okoye"),
            Moved(84, Stage.PROVEN, "19 % on 3,100 closed claims, with the cause of damage filled in."),
            *backed(55, "Paloma Reyes"),
            Moved(54, Stage.TRANSITION),
            Connected(
                45,
                "Claims database",
                ConnectionKind.SOURCE,
                {
                    "owner": "Claims statistics",
                    "state": "tested",
                    "is_live": True,
                    "origin": "What handlers fill in",
                    "transformations": "Names are taken out",
                    "approved_by": "Data protection",
                    "constraints": "Not outside the company",
                },
                {"contract_agreed_on": 46, "tested_on": 45, "access_reviewed_on": 45},
            ),
            Closed(41, "Estimates appear beside the reserve; the handler sets it, as before."),
            Closed(12, "Yesterday's claims are estimated every night."),
            Said(
                8,
                "Handlers fill in the cause weeks later. On the first day it is empty in 64 % of claims.",
                Going.MOVING,
            ),
            Said(3, "The cause was always there in the old claims it was trained on.", Going.MOVING),
        ),
    ),
    # Every release is done by hand, and nothing watches what comes of it.
    Story(
        name="Document search for claims handlers",
        problem="Handlers ask a colleague because the search finds nothing.",
        unit="Claims",
        how_built=HowBuilt.OWN,
        risk=RiskTier.MINIMAL,
        tags=("documents",),
        logged=476,
        approved=462,
        began=448,
        steps=(
            Agreed(448, "Searches that end with a document 45 → 75 %"),
            Named(441, "Mateus Silva"),
            Moved(82, Stage.PROVEN, "71 % on 900 real searches, judged by the people who searched."),
            *backed(64, "Luka Petrović"),
            Moved(63, Stage.TRANSITION),
            Closed(49, "Injury claims first: thirty handlers, eleven thousand documents."),
            Waived(20, "monitoring", "The index is looked at by hand until the board is there.", until=6),
            Closed(19, "The index is built anew every Friday."),
            Said(
                10,
                "Each new index is copied by hand on Fridays. Last week's was the wrong one.",
                Going.MOVING,
            ),
            Said(
                4, "Nobody sees it when answers get worse. A handler told us after two weeks.", Going.WAITING
            ),
            Answered(2, "The copying runs by itself since Friday. A list of test searches comes next."),
        ),
    ),
    # Nobody answers at night.
    Story(
        name="Roadside photo damage report",
        problem="After an accident it takes two days until we have pictures.",
        unit="Assistance",
        how_built=HowBuilt.BOUGHT,
        vendor="Partwise",
        risk=RiskTier.LIMITED,
        tags=("images",),
        logged=413,
        approved=399,
        began=392,
        steps=(
            Agreed(392, "Pictures within the hour 12 → 60 %"),
            Named(392, "Sione Tau"),
            Moved(80, Stage.PROVEN, "480 accidents: pictures within the hour in 57 %."),
            *backed(60, "Luka Petrović"),
            Moved(59, Stage.TRANSITION),
            Closed(45, "Drivers insured in Wales, 90 accidents a week."),
            Waived(16, "alert-acknowledged", "The assistance desk has no rota for the nights yet.", until=5),
            Closed(15, "The supplier's report stands beside the call."),
            Said(
                4,
                "It failed on a Saturday night. There is no rota, so it came back on Monday. "
                "The help desk had never heard of it.",
                Going.WAITING,
            ),
        ),
    ),
    # All at once instead of step by step.
    Story(
        name="Quote texts for brokers",
        problem="A quote for a small business leaves the house after three days.",
        unit="Commercial underwriting",
        how_built=HowBuilt.OWN,
        risk=RiskTier.LIMITED,
        tags=("letters",),
        logged=364,
        approved=350,
        began=336,
        steps=(
            Agreed(336, "Time until a quote leaves 72 → 24 h"),
            Named(336, "Oskar Nowak"),
            Moved(189, Stage.PROVEN, "Sixty quotes in 21 hours each, checked by two underwriters."),
            *backed(105, "Jonas Weiß"),
            Moved(104, Stage.TRANSITION),
            Named(20, "Claims operations", OwnerRole.RUN_OWNER),
            Moved(13, Stage.LIMITED, "Two brokers, three quotes a day."),
            Stepped(
                6,
                RolloutKind.LIMITED,
                2,
                first=13,
                last=6,
                audience="Two brokers",
                back_when="A quote leaves with a wrong sum",
                outcome=RolloutOutcome.PROCEED,
                result="24 quotes, none with a wrong sum.",
            ),
            Stepped(
                5,
                RolloutKind.LIMITED,
                45,
                first=5,
                audience="All brokers with more than ten quotes a month",
                back_when="More than one quote in a hundred is sent back",
            ),
            Said(4, "After eight days with two brokers it went to 850. Others ask.", Going.MOVING),
        ),
    ),
    # Two at once: nobody accountable and no number.
    Story(
        name="Cancellation reasons from phone calls",
        problem="Nobody knows why 6 % of customers leave each year.",
        unit="Customer service",
        how_built=HowBuilt.OWN,
        risk=RiskTier.LIMITED,
        tags=("calls",),
        logged=336,
        approved=322,
        began=315,
        steps=(
            Said(252, "Reasons are found. What to do with them is open.", Going.WAITING, manager=True),
            Named(90, "Bram Dekker"),
            Moved(70, Stage.PROVEN, "Of 500 cancellations it named the reason of 430 as agents did."),
            *backed(16, "Farid Rahimi"),
            Moved(15, Stage.TRANSITION),
            Prepared(12, lacks=NUMBERS),
            Shown(12, ("evaluation",)),
            Left(10, "Went to Marketing, and did not take it along"),
            Said(4, "Marketing or service: one of the two would have to want it.", manager=True),
        ),
    ),
    # Healthy: an owner, a number, real users in steps, heard from every week.
    Story(
        name="Loss notices from phone calls",
        problem="Taking a loss by telephone lasts nineteen minutes, and half of it is typing.",
        unit="Claims",
        how_built=HowBuilt.OWN,
        risk=RiskTier.LIMITED,
        tags=("calls",),
        logged=329,
        approved=315,
        began=287,
        own=True,
        steps=(
            Agreed(287, "Time per loss notice 19 → 12 min"),
            Moved(161, Stage.PROVEN, "730 calls in shadow: 12.4 minutes, 2 % of notices had a gap."),
            *backed(92, "Bram Dekker"),
            Moved(91, Stage.TRANSITION),
            Named(28, "Claims operations", OwnerRole.RUN_OWNER),
            Moved(8, Stage.LIMITED, "Twelve handlers in Leeds; the other 140 carry on as before."),
            Said(3, "First days live: 13.1 minutes, two notices had a gap, both were noticed.", Going.MOVING),
            Said(1, "12.2 minutes. Eight more handlers ask to join.", Going.MOVING),
        ),
    ),
)
