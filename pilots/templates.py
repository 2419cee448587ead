"""The templates that plans are made from, as they come: phases, their last days and their milestones.

How the 90 days of what is built here are split is the source's (S0-6 to S0-24, domain.md section 3); how
the 26 weeks of regulated work are split is ours, and so are the names of what a bought tool goes through.
"""

from pilots.plans import PhaseShape, PlannedMilestone, PlanShape, Template
from pilots.playbook import PhaseCode

CHOSEN = "One use case is chosen: the one worth most"
MEASURABLE = "Three numbers show whether it works"
FLOW = "The way of the data is drawn, from source to outcome"
ALERT = "A test alert was raised and acknowledged"
REAL = "It runs on real data"
USED = "The systems behind it take its answers"
SHADOW = "A shadow run is compared with today’s way"
ACCURATE = "Measured against its KPIs on real data"
LIVE = "A limited group uses it"
HEARD = "What the first users say is collected"
BETTER = "What they said is built in"
DECIDED = "It is decided whether to expand"
INGESTED = "Data comes in by itself"
SERVED = "The model is served"
WATCHED = "What it does is watched"

# Milestones that say the same as a requirement of their phase, and the code of that.
SAME_AS = {
    MEASURABLE: "three-kpis",
    FLOW: "data-flow",
    INGESTED: "ingestion",
    SERVED: "serving",
    WATCHED: "monitoring",
    ALERT: "alert-acknowledged",
    SHADOW: "shadow-result",
    ACCURATE: "real-readings",
}


def _ship(first: int) -> tuple[PlannedMilestone, ...]:
    """Return the milestones of the last 15 days or more, from the day the first users have it."""
    return (
        PlannedMilestone(LIVE, first),
        PlannedMilestone(HEARD, first + 4),
        PlannedMilestone(BETTER, first + 9),
        PlannedMilestone(DECIDED, first + 12, is_required=True),
    )


BUILT = PlanShape(
    Template.BUILT.label,
    (
        PhaseShape(
            PhaseCode.SCOPE,
            "Scope and define",
            15,
            (
                PlannedMilestone(CHOSEN, 4, is_required=True),
                PlannedMilestone(MEASURABLE, 10),
                PlannedMilestone(FLOW, 15),
            ),
        ),
        PhaseShape(
            PhaseCode.BUILD,
            "Build the pipeline",
            45,
            (
                PlannedMilestone(INGESTED, 24),
                PlannedMilestone(SERVED, 34),
                PlannedMilestone(WATCHED, 40),
                PlannedMilestone(ALERT, 45),
            ),
        ),
        PhaseShape(
            PhaseCode.INTEGRATE,
            "Integrate and test",
            75,
            (
                PlannedMilestone(REAL, 52),
                PlannedMilestone(USED, 60),
                PlannedMilestone(SHADOW, 70),
                PlannedMilestone(ACCURATE, 75),
            ),
        ),
        PhaseShape(PhaseCode.SHIP, "Ship and measure", 90, _ship(78)),
    ),
)

# A bought tool needs no model serving; its middle goes into procurement, privacy and the vendor.
BOUGHT = PlanShape(
    Template.BOUGHT.label,
    (
        BUILT.phases[0],
        PhaseShape(
            PhaseCode.BUILD,
            "Evaluate and procure",
            45,
            (
                PlannedMilestone("The vendor was tried on cases of our own", 25),
                PlannedMilestone("Data protection has looked at it", 32),
                PlannedMilestone("The contract is signed", 40),
                PlannedMilestone(ALERT, 45),
            ),
        ),
        PhaseShape(
            PhaseCode.INTEGRATE,
            "Integrate and test",
            75,
            (
                PlannedMilestone("People sign in as they do everywhere else", 52),
                *BUILT.phases[2].milestones[1:],
            ),
        ),
        BUILT.phases[3],
    ),
)

# 4 + 7 + 7 + 4 + 4 weeks: the committee and the works council sit between the tests and the users.
REGULATED = PlanShape(
    Template.REGULATED.label,
    (
        PhaseShape(
            PhaseCode.SCOPE,
            "Scope and define",
            28,
            (
                PlannedMilestone(CHOSEN, 8, is_required=True),
                PlannedMilestone(MEASURABLE, 18),
                PlannedMilestone(FLOW, 28),
            ),
        ),
        PhaseShape(
            PhaseCode.BUILD,
            "Build the pipeline",
            77,
            (
                PlannedMilestone(INGESTED, 42),
                PlannedMilestone(SERVED, 58),
                PlannedMilestone(WATCHED, 68),
                PlannedMilestone(ALERT, 77),
            ),
        ),
        PhaseShape(
            PhaseCode.INTEGRATE,
            "Integrate and test",
            126,
            (
                PlannedMilestone(REAL, 88),
                PlannedMilestone(USED, 104),
                PlannedMilestone(SHADOW, 119),
                PlannedMilestone(ACCURATE, 126),
            ),
        ),
        PhaseShape(
            PhaseCode.COMMITTEE,
            "Committee and works council",
            154,
            (
                PlannedMilestone("The papers are with the committee", 133),
                PlannedMilestone("The works council was heard", 147),
                PlannedMilestone("The committee has answered", 154, is_required=True),
            ),
        ),
        PhaseShape(PhaseCode.SHIP, "Ship and measure", 182, _ship(160)),
    ),
)

TEMPLATES: dict[Template, PlanShape] = {
    Template.BUILT: BUILT,
    Template.BOUGHT: BOUGHT,
    Template.REGULATED: REGULATED,
}
