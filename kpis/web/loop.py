"""How a pilot learns from its outcomes, in words; and whether it is only deployed."""

from dataclasses import dataclass
from datetime import date

from kpis.attainment import percent
from kpis.definition import listed
from kpis.evaluation import evaluates_itself
from kpis.loop import DEPLOYED, coverage, missing_loop_parts
from kpis.models import FeedbackLoop, Kpi
from pilots.lifecycle import RUNNING, Stage
from pilots.models import Pilot
from pilots.web.spoken import ago, days, spoken

NOT_KNOWN = "not known"


@dataclass(frozen=True)
class LoopRows:
    """What is known of it; `label` is empty where it is not in production, or nothing is missing."""

    is_shown: bool
    label: str
    sentence: str
    facts: list[tuple[str, str]]


def loop_of(pilot: Pilot, today: date) -> LoopRows:
    """Return how a pilot learns; three queries where it matters.

    Of a pilot that is measured by nothing here, nobody knows: it is not called a deployed pilot.
    """
    if not pilot.has_reached(Stage.TRANSITION) or pilot.is_ended:
        return LoopRows(is_shown=False, label="", sentence="", facts=[])
    written = FeedbackLoop.objects.filter(pilot=pilot).first()
    loop = written or FeedbackLoop(pilot=pilot)
    automated = evaluates_itself([pilot.pk])
    missing = missing_loop_parts(
        truth_source=loop.truth_source,
        linkage_key=loop.linkage_key,
        evaluates_itself=pilot.pk in automated,
        retrain_every_days=loop.retrain_every_days,
    )
    lacking = f"It lacks {listed(missing)}." if missing else "All three parts of the loop are there."
    is_known = written is not None or Kpi.objects.in_use().filter(pilot=pilot).exists()
    if not is_known:
        lacking = "Nobody has written down how it learns what came true of its answers."
    label = DEPLOYED if missing and is_known and pilot.at_stage in RUNNING else ""
    return LoopRows(
        is_shown=True, label=label, sentence=lacking, facts=_facts(loop, pilot.pk in automated, today)
    )


def _facts(loop: FeedbackLoop, is_automated: bool, today: date) -> list[tuple[str, str]]:  # noqa: FBT001 -- one caller
    share = coverage(loop.labelled, loop.answered)
    known = NOT_KNOWN
    if share is not None and loop.counted_on is not None:
        counted = f"{loop.labelled:,} of {loop.answered:,}"
        known = f"{percent(share)}: {counted} answers, counted {spoken(loop.counted_on, today)}"
    rhythm = f"every {days(loop.retrain_every_days)}" if loop.retrain_every_days else "no rhythm"
    trained = (
        f"{spoken(loop.retrained_on, today)}, {ago(loop.retrained_on, today)}"
        if loop.retrained_on
        else NOT_KNOWN
    )
    return [
        ("Outcomes are known in", loop.truth_source or NOT_KNOWN),
        ("An outcome finds its answer by", loop.linkage_key or NOT_KNOWN),
        ("Answers with a known outcome", known),
        (
            "Evaluations",
            "a tool sends them for the live version" if is_automated else "none came from a tool",
        ),
        ("Trained anew", f"{rhythm}{f'; earlier when {loop.retrain_when}' if loop.retrain_when else ''}"),
        ("Trained last", trained),
    ]
