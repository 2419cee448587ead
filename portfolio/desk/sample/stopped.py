"""Fifteen of the 33: they were stopped, each with what the next team can learn from it."""

from pilots.access.permissions import OwnerRole
from pilots.lifecycle import Stage
from pilots.models import HowBuilt, RiskTier
from pilots.models.log import Going
from portfolio.desk.sample.story import Agreed, Closed, Held, Moved, Named, Resumed, Said, Story

STOPPED = (
    Story(
        name="Parking-fine dispute letters",
        problem="Every dispute over a parking fine takes a lawyer 35 minutes to answer.",
        unit="Legal",
        how_built=HowBuilt.OWN,
        tags=("letters",),
        logged=742,
        approved=728,
        began=721,
        steps=(
            Agreed(721, "Time per answer 35 → 10 min"),
            Named(721, "Dafydd Rees"),
            Moved(
                644,
                Stage.STOPPED,
                "Only 40 disputes a month: the saving never pays for the "
                "upkeep. Lesson: count the cases first.",
            ),
        ),
    ),
    Story(
        name="Hail damage from roof photographs",
        problem="After a hailstorm customers wait three weeks for somebody to climb on the roof.",
        unit="Home claims",
        how_built=HowBuilt.BOUGHT,
        vendor="Skylark Imaging",
        risk=RiskTier.LIMITED,
        tags=("images",),
        logged=728,
        approved=714,
        began=700,
        steps=(
            Agreed(700, "Wait for an inspection 21 → 5 days"),
            Named(693, "Greta Lindholm"),
            Moved(602, Stage.PROVEN, "88 % agreement with surveyors on 400 roofs of one storm."),
            Moved(
                532,
                Stage.STOPPED,
                "Slate roofs, half of ours, were not in the supplier's pictures, and agreement fell to 61 %. "
                "Lesson: test on our own houses before calling it proven.",
            ),
        ),
    ),
    Story(
        name="Chat answers on the website",
        problem="One in three chats ends with the advice to telephone.",
        unit="Customer service",
        how_built=HowBuilt.CONFIGURED,
        vendor="Quillmark",
        risk=RiskTier.LIMITED,
        tags=("chat",),
        logged=700,
        approved=693,
        began=679,
        steps=(
            Agreed(679, "Chats that end with an answer 66 → 85 %"),
            Named(679, "Kavya Menon"),
            Said(
                630, "Good answers on the test questions; the real ones are shorter and odder.", Going.MOVING
            ),
            Moved(
                567,
                Stage.STOPPED,
                "It answered questions nobody asked. Real chats were looked at only in the last week. "
                "Lesson: read two hundred real ones on the first day.",
            ),
        ),
    ),
    Story(
        name="Staffing forecast for storm days",
        problem="On storm days the claims line is short of twenty people, and on quiet days it has too many.",
        unit="Claims",
        how_built=HowBuilt.OWN,
        tags=("forecast",),
        logged=686,
        approved=672,
        began=658,
        steps=(
            Agreed(658, "Hours short on storm days 160 → 60 h"),
            Named(651, "Hiroshi Mori"),
            Moved(574, Stage.PROVEN, "Replayed 24 storms: 71 hours short on average instead of 160."),
            Moved(
                497,
                Stage.STOPPED,
                "The shift agreement needs four weeks' notice, a forecast gives three days. "
                "Lesson: ask who has to act on the number, and how early.",
            ),
        ),
    ),
    Story(
        name="Cyber policy wording comparison",
        problem="Comparing a broker's wording with ours takes an underwriter a day.",
        unit="Commercial underwriting",
        how_built=HowBuilt.OWN,
        risk=RiskTier.MINIMAL,
        tags=("documents",),
        logged=651,
        approved=637,
        began=630,
        steps=(
            Named(630, "Oskar Nowak"),
            Said(
                581, "Finds most differences. We have not agreed what a missed one may cost.", Going.WAITING
            ),
            Moved(
                511,
                Stage.STOPPED,
                "No number was ever agreed, so nobody could say whether it was worth keeping. "
                "Lesson: no start without the figure that should move.",
            ),
        ),
    ),
    Story(
        name="Fraud hints in household claims",
        problem="Handlers pass on one claim in a hundred as suspicious; auditors find three.",
        unit="Fraud",
        how_built=HowBuilt.OWN,
        risk=RiskTier.HIGH,
        tags=("scoring",),
        logged=630,
        approved=616,
        began=602,
        steps=(
            Agreed(602, "Suspicious claims passed on 1 → 2.5 %"),
            Named(595, "Farid Rahimi"),
            Moved(
                511, Stage.PROVEN, "On two closed years it named 2.4 %, of which four in ten were confirmed."
            ),
            Moved(504, Stage.TRANSITION),
            Closed(478, "Claims above EUR 5,000 first; an auditor reads every hint."),
            Said(
                469,
                "Postcodes carry most of the score. The privacy officer asks what that means.",
                Going.BLOCKED,
            ),
            Moved(
                427,
                Stage.STOPPED,
                "It treated two postcodes unfairly and could not be corrected without losing its use. "
                "Lesson: fairness is measured in the first month.",
            ),
        ),
    ),
    Story(
        name="Speech menu for roadside help",
        problem="Stranded drivers press through five menus before they reach a person.",
        unit="Assistance",
        how_built=HowBuilt.BOUGHT,
        vendor="Tessera Voice",
        tags=("calls",),
        logged=595,
        approved=588,
        began=574,
        steps=(
            Agreed(574, "Time until help is ordered 310 → 150 s"),
            Named(574, "Sione Tau"),
            Moved(
                511,
                Stage.STOPPED,
                "On a motorway it understood every second word. Lesson: record "
                "by the roadside, not in the office.",
            ),
        ),
    ),
    Story(
        name="Broker mail triage",
        problem="Broker mails lie in one shared inbox for a day and a half.",
        unit="Commercial underwriting",
        how_built=HowBuilt.CONFIGURED,
        vendor="Quillmark",
        tags=("mail",),
        logged=574,
        approved=560,
        began=546,
        steps=(
            Agreed(546, "Mails older than a day 58 → 15 %"),
            Named(539, "Niamh Kelly"),
            Moved(462, Stage.PROVEN, "1,900 mails: 12 % older than a day during the trial."),
            Moved(
                399,
                Stage.STOPPED,
                "The new broker portal replaces the inbox in spring. Lesson: look "
                "at the road map before the pilot. "
                "Two people and EUR 45,000 went to the portal.",
            ),
        ),
    ),
    Story(
        name="Medical report summaries",
        problem="A personal injury file holds 140 pages that somebody reads twice.",
        unit="Injury claims",
        how_built=HowBuilt.OWN,
        risk=RiskTier.HIGH,
        tags=("documents",),
        logged=553,
        approved=539,
        began=525,
        steps=(
            Agreed(525, "Reading time per file 95 → 40 min"),
            Named(525, "Imani Okoye"),
            Said(483, "Summaries read well. In two of sixty a previous illness was missing.", Going.MOVING),
            Held(455, "The data protection assessment is not finished.", "Data protection officer", -420),
            Resumed(420, "Assessment done: names have to be removed first."),
            Moved(
                371,
                Stage.STOPPED,
                "With names removed it lost track of who was treated for what. "
                "Lesson: settle what data may be "
                "used before building.",
            ),
        ),
    ),
    Story(
        name="Renewal price explanations",
        problem="Half of the calls after a renewal ask why the price went up.",
        unit="Customer service",
        how_built=HowBuilt.OWN,
        risk=RiskTier.LIMITED,
        tags=("letters",),
        logged=532,
        approved=518,
        began=504,
        steps=(
            Agreed(504, "Calls about the price 50 → 35 %"),
            Moved(
                420,
                Stage.STOPPED,
                "Actuaries, Legal and Service each waited for another to release the text. "
                "Lesson: one person decides, and is named before the start.",
            ),
        ),
    ),
    Story(
        name="Spare-part price estimates",
        problem="Estimates for parts differ by 20 % between two handlers.",
        unit="Motor claims",
        how_built=HowBuilt.BOUGHT,
        vendor="Partwise",
        tags=("scoring",),
        logged=497,
        approved=483,
        began=469,
        steps=(
            Agreed(469, "Spread between two handlers 20 → 8 %"),
            Named(462, "Jonas Weiß"),
            Moved(
                406,
                Stage.STOPPED,
                "The supplier tripled the price per call after the trial. "
                "Lesson: agree the price for the real "
                "volume before the first test.",
            ),
        ),
    ),
    Story(
        name="Policy documents in plain words",
        problem="Customers understand one page in four of their policy.",
        unit="Products",
        how_built=HowBuilt.OWN,
        risk=RiskTier.MINIMAL,
        tags=("documents", "letters"),
        logged=455,
        approved=441,
        began=434,
        steps=(
            Agreed(434, "Pages understood 25 → 60 %"),
            Named(434, "Chiara Lombardi"),
            Moved(357, Stage.PROVEN, "Forty readers understood 62 % of the rewritten pages."),
            Moved(
                287,
                Stage.STOPPED,
                "The lawyers' own rewrite came out as well and binds the "
                "company. Lesson: compare with people "
                "who do the work, not with today's text.",
            ),
        ),
    ),
    Story(
        name="Scheduling visits of loss adjusters",
        problem="Adjusters drive past each other: 31 % of their day is on the road.",
        unit="Home claims",
        how_built=HowBuilt.CONFIGURED,
        vendor="Routelight",
        tags=("forecast",),
        logged=406,
        approved=399,
        began=385,
        steps=(
            Agreed(385, "Share of the day on the road 31 → 22 %"),
            Named(385, "Mateus Silva"),
            Moved(322, Stage.PROVEN, "Five adjusters, six weeks: 23 % on the road."),
            Moved(308, Stage.TRANSITION),
            Named(259, "Mateus Silva", OwnerRole.RUN_OWNER),
            Moved(252, Stage.LIMITED, "The nineteen adjusters of the north."),
            Said(
                217,
                "Two regions use their old lists beside it. The calendar does not sync back.",
                Going.BLOCKED,
            ),
            Moved(
                175,
                Stage.STOPPED,
                "Without a way back into the calendar adjusters kept two plans. Lesson: the connection that "
                "writes is the hard one; test it first.",
            ),
        ),
    ),
    Story(
        name="Expense receipts for employees",
        problem="Finance types 900 receipts a month.",
        unit="Finance",
        how_built=HowBuilt.BOUGHT,
        vendor="Parity Ledger",
        tags=("documents",),
        logged=357,
        approved=350,
        began=343,
        steps=(
            Agreed(343, "Receipts typed by hand 900 → 200"),
            Named(343, "Amara Nwosu"),
            Moved(
                294,
                Stage.STOPPED,
                "The expense system brings the same feature with its next release, at no cost. Stopped after "
                "seven weeks; most of the money was not spent.",
            ),
        ),
    ),
    Story(
        name="Questions about pensions, answered for staff",
        problem="The pensions team answers the same twelve questions all year.",
        unit="People and culture",
        how_built=HowBuilt.CONFIGURED,
        vendor="Quillmark",
        risk=RiskTier.LIMITED,
        tags=("chat",),
        logged=322,
        approved=315,
        began=308,
        steps=(
            Agreed(308, "Questions that reach the team 340 → 150"),
            Said(
                266,
                "The works council asks to see the log of questions before anything goes live.",
                Going.WAITING,
            ),
            Moved(
                224,
                Stage.STOPPED,
                "A page with the twelve answers did the same in an afternoon. "
                "Lesson: try the simple thing first.",
            ),
        ),
    ),
)
