"""Fourteen of the 33 are still open. Each shows one way in which pilots get stuck; the last is healthy."""

from pilots.access.permissions import OwnerRole
from pilots.lifecycle import Stage
from pilots.models import HowBuilt, RiskTier
from pilots.models.log import Going
from portfolio.desk.sample.story import (
    Agreed,
    Answered,
    Asked,
    Closed,
    Held,
    Left,
    Moved,
    Named,
    Postponed,
    Resumed,
    Said,
    Story,
)

STILL_OPEN = (
    # Almost ready for months: proven, and nothing follows.
    Story(
        name="Subrogation letter drafts",
        problem="Recovering money from the other insurer starts with a letter nobody has time to write.",
        unit="Motor claims",
        how_built=HowBuilt.OWN,
        risk=RiskTier.MINIMAL,
        tags=("letters",),
        logged=406,
        approved=392,
        began=378,
        steps=(
            Agreed(378, "Letters sent within a week 35 → 80 %"),
            Named(371, "Niamh Kelly"),
            Moved(287, Stage.PROVEN, "210 drafts: 76 % went out after a glance, none had a wrong sum."),
            Said(
                231,
                "Shown to the board, well received. Waiting for a slot in the release plan.",
                Going.WAITING,
            ),
            Said(119, "Almost ready. The release plan is full until spring.", Going.WAITING),
        ),
    ),
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
            Moved(98, Stage.PROVEN, "Ninety addresses: 11 minutes each, no flooded house missed."),
            Moved(15, Stage.TRANSITION),
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
            Postponed(217, -102),
            Said(112, "The themes are interesting. No decision has used them yet.", Going.WAITING),
            Postponed(105, -12),
        ),
    ),
    # Works on the demonstration only.
    Story(
        name="Voice bot for opening hours and documents",
        problem="Two in five callers only want an opening hour or a copy of a letter.",
        unit="Customer service",
        how_built=HowBuilt.BOUGHT,
        vendor="Tessera Voice",
        risk=RiskTier.LIMITED,
        tags=("calls",),
        logged=322,
        approved=308,
        began=294,
        steps=(
            Agreed(294, "Calls finished without an agent 0 → 30 %"),
            Named(294, "Esi Boateng"),
            Said(
                245,
                "Flawless in the demonstration, with forty recorded sentences of the supplier. "
                "No call of our own has been tried.",
                Going.MOVING,
            ),
            Postponed(210, -40),
            Said(147, "The recordings of our calls still lack the callers' consent.", Going.BLOCKED),
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
            Moved(217, Stage.PROVEN, "On 2,600 closed claims it chose the handler's desk in 91 % of cases."),
            Moved(112, Stage.TRANSITION),
            Closed(96, "Scope agreed with the two busiest motor desks."),
            Said(
                77,
                "The claims system takes no data from outside. Nobody had asked its supplier.",
                Going.BLOCKED,
            ),
            Said(
                35,
                "A connection costs four months, says the supplier. Not in anybody's budget.",
                Going.BLOCKED,
            ),
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
            Moved(203, Stage.PROVEN, "19 % on 3,100 closed claims, with the cause of damage filled in."),
            Moved(98, Stage.TRANSITION),
            Closed(85, "Estimates appear beside the reserve; the handler sets it, as before."),
            Closed(54, "Yesterday's claims are estimated every night."),
            Said(
                49,
                "Handlers fill in the cause weeks later. On the first day it is empty in 64 % of claims, "
                "and the error is 37 %.",
                Going.MOVING,
            ),
            Said(5, "Trained again without the cause: 33 %. The plan says 20 %.", Going.MOVING),
        ),
    ),
    # Nobody measures whether a change made it better or worse.
    Story(
        name="Reply drafts for complaint mails",
        problem="Answering a complaint takes fifty minutes, most of it looking things up.",
        unit="Customer service",
        how_built=HowBuilt.CONFIGURED,
        vendor="Quillmark",
        risk=RiskTier.LIMITED,
        tags=("mail", "letters"),
        logged=308,
        approved=294,
        began=280,
        steps=(
            Agreed(280, "Time per complaint 50 → 25 min"),
            Named(280, "Kavya Menon"),
            Said(
                196,
                "Instructions changed eleven times. Each time we read ten drafts and like them.",
                Going.MOVING,
            ),
            Postponed(192, 26),
            Said(84, "The supplier changed its model. We cannot say what that did.", Going.WAITING),
            Said(9, "The next model is announced. We still have nothing to compare it with.", Going.WAITING),
        ),
    ),
    # Live for a few, and every release is done by hand.
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
            Moved(343, Stage.PROVEN, "71 % on 900 real searches, judged by the people who searched."),
            Moved(280, Stage.TRANSITION),
            Named(168, "Platform team", OwnerRole.RUN_OWNER),
            Named(168, "Luka Petrović", OwnerRole.TECHNICAL_LEAD),
            Moved(161, Stage.LIMITED, "Thirty handlers of injury claims."),
            Said(
                98,
                "Each new index is copied by hand on a Friday. Last month's was the wrong one.",
                Going.MOVING,
            ),
            Said(
                42, "Nobody sees it when answers get worse. A handler told us after two weeks.", Going.WAITING
            ),
            Answered(2, "The copying runs by itself since Friday. A list of test searches comes next."),
        ),
    ),
    # Live for a few, and nobody answers at night.
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
            Moved(294, Stage.PROVEN, "480 accidents: pictures within the hour in 57 %."),
            Moved(252, Stage.TRANSITION),
            Named(133, "Platform team", OwnerRole.RUN_OWNER),
            Moved(126, Stage.LIMITED, "Drivers insured in Wales, 90 accidents a week."),
            Said(
                56,
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
            Moved(84, Stage.TRANSITION),
            Closed(70, "Quotes of small businesses, up to EUR 5,000 a year."),
            Closed(40, "The text is drafted in the quoting screen and released by hand."),
            Said(
                28,
                "The wish is to start with all 1,900 brokers on the same "
                "Monday. There is no way back planned.",
                Going.MOVING,
            ),
            Closed(11, "Two underwriters quoted with it for a week."),
            Said(5, "Six brokers would like to try it first. The Monday stands.", Going.MOVING),
        ),
    ),
    # Proven, and the money for running it is not committed.
    Story(
        name="Invoice coding for the claims ledger",
        problem="Finance corrects the account of every fifth claims invoice at month's end.",
        unit="Finance",
        how_built=HowBuilt.CONFIGURED,
        vendor="Parity Ledger",
        risk=RiskTier.MINIMAL,
        tags=("payments", "documents"),
        logged=371,
        approved=357,
        began=343,
        steps=(
            Agreed(343, "Invoices coded again at month's end 20 → 5 %"),
            Named(343, "Amara Nwosu"),
            Moved(224, Stage.PROVEN, "4,400 invoices of one quarter: 4 % coded again."),
            Said(133, "It works. The yearly EUR 60,000 for running it is in nobody's plan.", Going.BLOCKED),
            Held(70, "No budget for running it until the new year.", "Finance board", 45),
            Asked(
                6,
                "Is there EUR 60,000 a year for running it?",
                ("From the new year", "From July", "No: stop"),
                30,
                of_executive=True,
            ),
        ),
    ),
    # On hold for the second time, for the same reason.
    Story(
        name="Contract clause checks for suppliers",
        problem="Legal reads 60 pages to find the three clauses that matter.",
        unit="Legal",
        how_built=HowBuilt.BOUGHT,
        vendor="Clausework",
        risk=RiskTier.MINIMAL,
        tags=("documents",),
        logged=343,
        approved=336,
        began=322,
        steps=(
            Agreed(322, "Reading time per contract 180 → 60 min"),
            Named(322, "Greta Lindholm"),
            Moved(238, Stage.PROVEN, "Eighty contracts: 55 minutes, no clause missed."),
            Held(196, "The supplier's contract is being negotiated.", "Head of Legal", -140),
            Resumed(140, "Negotiated, signature expected within days."),
            Held(105, "The signature is still missing.", "Head of Legal", 19),
        ),
    ),
    # Two at once: nobody accountable and no number; the review of its hold is overdue.
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
            Held(91, "Marketing decides whether to take it over.", "Head of Marketing", -6),
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
            Moved(91, Stage.TRANSITION),
            Named(28, "Claims operations", OwnerRole.RUN_OWNER),
            Moved(8, Stage.LIMITED, "Twelve handlers in Leeds; the other 140 carry on as before."),
            Said(3, "First days live: 13.1 minutes, two notices had a gap, both were noticed.", Going.MOVING),
            Said(1, "12.2 minutes. Eight more handlers ask to join.", Going.MOVING),
        ),
    ),
)
