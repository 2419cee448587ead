"""The requirements of running it and of paying for it: gates G7 and G8 as the playbook has them."""

from pilots.access.roles import OwnerRole
from pilots.playbook.shapes import ANY_BUT_DEMO, PAPER, PROOF, Applies, Area, Gate, PhaseCode, Requirement
from pilots.rules.registry import Pattern

SPONSOR, BUSINESS, TECHNICAL = OwnerRole.SPONSOR, OwnerRole.BUSINESS_OWNER, OwnerRole.TECHNICAL_LEAD
RUN, ENGINEERING, OPERATIONS = OwnerRole.RUN_OWNER, OwnerRole.ENGINEERING, OwnerRole.OPERATIONS
OWN_OR_CONFIGURED = Applies(how_built=frozenset({"own", "configured"}))


def _operations(
    code: str, title: str, missing: str, next_action: str, source: str, phase: PhaseCode | None = None
) -> Requirement:
    """Return one of G7 that somebody has to show working."""
    return Requirement(
        code=code,
        title=title,
        area=Area.OPERATIONS,
        gate=Gate.G7,
        phase=phase,
        kinds=PROOF,
        pattern=Pattern.OPERATIONS_NOT_READY,
        missing=missing,
        next_action=next_action,
        unblockers=(OPERATIONS, RUN),
        source=source,
    )


def _mlops(code: str, title: str, missing: str, next_action: str) -> Requirement:
    """Return one of the seven capabilities that keep a model alive (C-9)."""
    return Requirement(
        code=code,
        title=title,
        area=Area.MLOPS,
        gate=Gate.G7,
        kinds=ANY_BUT_DEMO,
        applies=OWN_OR_CONFIGURED,
        pattern=Pattern.NO_MLOPS,
        missing=missing,
        next_action=next_action,
        unblockers=(ENGINEERING, TECHNICAL),
        source="S1-15, S1-25, C-9",
    )


OPERATIONS_READY = (
    _operations(
        "test-monitoring",
        "A fault that was noticed and explained",
        "No fault was put in to see whether anybody notices.",
        "Put a fault in, and note when it was noticed and when it was understood.",
        "S4-15",
        PhaseCode.INTEGRATE,
    ),
    _operations(
        "test-edge-cases",
        "A test with bad data, failing systems and odd users",
        "Bad data, failing systems and odd users were not tried.",
        "Try one of each, and note what happened.",
        "S4-16, S3-8",
        PhaseCode.INTEGRATE,
    ),
    _operations(
        "test-integration",
        "A test with real systems and as many users as there will be",
        "It was not tested with real systems and as many users as there will be.",
        "Test against the real systems with the number of users that will come.",
        "S4-17",
        PhaseCode.INTEGRATE,
    ),
    _operations(
        "test-support",
        "Somebody outside the team who was taught it",
        "Nobody outside the team has been taught how to support it.",
        "Teach it to somebody outside the team, and let them confirm it.",
        "S4-18",
        PhaseCode.INTEGRATE,
    ),
    _operations(
        "error-handling",
        "A recovery without anybody’s hand",
        "There is no evidence that it recovers without a restart by hand.",
        "Show a failure from which it came back by itself.",
        "S4-8",
    ),
    Requirement(
        code="support-plan",
        title="A support plan",
        area=Area.OPERATIONS,
        gate=Gate.G7,
        phase=PhaseCode.SHIP,
        kinds=PAPER,
        pattern=Pattern.OPERATIONS_NOT_READY,
        missing="There is no plan for who helps its users.",
        next_action="Write down where users ask, when, and who answers.",
        unblockers=(OPERATIONS, BUSINESS),
        source="S4-9",
    ),
    Requirement(
        code="onboarding",
        title="How new users learn it",
        area=Area.OPERATIONS,
        gate=Gate.G7,
        kinds=ANY_BUT_DEMO,
        pattern=Pattern.OPERATIONS_NOT_READY,
        missing="Nobody has said how new users learn it.",
        next_action="Bring the material, or the first training that was held.",
        unblockers=(BUSINESS, OPERATIONS),
        source="S4-26",
    ),
    Requirement(
        code="on-call",
        title="Somebody on call",
        area=Area.PEOPLE,
        gate=Gate.G7,
        pattern=Pattern.OPERATIONS_NOT_READY,
        missing="Nobody is on call for it.",
        next_action="Name who is called when it fails.",
        unblockers=(OPERATIONS,),
        source="S4-7",
    ),
    Requirement(
        code="service-levels",
        title="Service levels agreed by both sides",
        area=Area.OPERATIONS,
        gate=Gate.G7,
        kinds=PAPER,
        pattern=Pattern.OPERATIONS_NOT_READY,
        missing="Service levels for quality and for reliability are not agreed.",
        next_action="Agree thresholds and what happens when they are missed, with both sides.",
        unblockers=(OPERATIONS, TECHNICAL),
        source="S1-27",
    ),
    Requirement(
        code="handover",
        title="The handover from those who built it",
        area=Area.PEOPLE,
        gate=Gate.G7,
        kinds=PAPER,
        pattern=Pattern.OWNERSHIP_VACUUM,
        missing="Those who built it have not handed it over to those who run it.",
        next_action="Meet, write down what was handed over, and let the run owner confirm it.",
        unblockers=(RUN, OwnerRole.BUILDER),
        source="S1-7",
    ),
    _mlops(
        "mlops-versions",
        "Versions of model and data",
        "Nobody can say which version of the model gave an answer.",
        "Show two versions and how to tell them apart.",
    ),
    _mlops(
        "mlops-training",
        "Training that runs by itself",
        "It cannot be trained again without somebody’s hands.",
        "Show a training run that nobody watched.",
    ),
    _mlops(
        "mlops-deployment",
        "Deployment with a canary",
        "A new version cannot be tried on a few before all.",
        "Show a deployment that began with a small share.",
    ),
    _mlops(
        "mlops-rollback",
        "The way back to the last version",
        "Nobody has gone back to the last version yet.",
        "Go back once, and note how long it took.",
    ),
    _mlops(
        "mlops-monitoring",
        "Latency, throughput, errors and drift",
        "Not all four signals are watched.",
        "Show where the four can be seen.",
    ),
    _mlops(
        "mlops-logging",
        "What was answered, from which data",
        "Answers are not kept with the data they were made from.",
        "Show one answer of last week with its data.",
    ),
    _mlops(
        "mlops-outcome",
        "The business number beside the model’s",
        "The business number is not watched beside the model’s.",
        "Show both in one place.",
    ),
)

MONEY = (
    Requirement(
        code="production-budget",
        title="A committed budget for production",
        area=Area.MONEY,
        gate=Gate.G8,
        phase=PhaseCode.BUILD,
        kinds=PAPER,
        or_record=True,
        pattern=Pattern.MONEY_NOT_COMMITTED,
        missing="The budget for production is not committed.",
        next_action="Ask the sponsor to commit it in writing.",
        unblockers=(SPONSOR,),
        source="S1-7, S0-5",
    ),
    Requirement(
        code="run-budget",
        title="An approved budget for running it",
        area=Area.MONEY,
        gate=Gate.G8,
        kinds=PAPER,
        or_record=True,
        pattern=Pattern.MONEY_NOT_COMMITTED,
        missing="Nobody has approved what running it costs in a year.",
        next_action="Add up people, compute and licences for a year, and have it approved.",
        unblockers=(SPONSOR, BUSINESS),
        source="S4-21",
    ),
)
