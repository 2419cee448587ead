"""The rule about a model that its provider may change. Source: requirement row R-71."""

from dataclasses import replace

from pilots.access.roles import OwnerRole
from pilots.lifecycle import Stage
from pilots.rules.facts import Facts
from pilots.rules.marks import (
    at_once,
    days,
    is_there,
)
from pilots.rules.production_facts import Production, record
from pilots.rules.registry import (
    RULES,
    Evidence,
    Hit,
    Kind,
    Limit,
    Look,
    Pattern,
    Rule,
    Severity,
    worst_passed,
)

BUILDERS = (OwnerRole.TECHNICAL_LEAD, OwnerRole.BUILDER)


# --- R-71 The provider changed the model --------------------------------------------------------------

SWAPPED = (Limit("high", 0, Severity.HIGH, "days since a provider changed the model"),)


def rests_on_a_provider(facts: Facts) -> bool:
    known = record(facts)
    return (
        is_there(facts, Stage.PILOTING)
        and known.model is not None
        and not known.is_let_pass("evaluation", "G3")
    )


def judge_swapped(facts: Facts, look: Look) -> Hit | None:
    model = record(facts).model
    if not rests_on_a_provider(facts) or model is None:
        return None
    if model.is_evaluated or model.evaluated_on >= model.changed_on:
        return None
    hit = worst_passed(at_once(model.changed_on, look), look, SWAPPED)
    return hit and replace(hit, details={"version": model.label, "provider": model.provider})


def tell_swapped(evidence: Evidence) -> str:
    provider, version = evidence.details["provider"], evidence.details["version"]
    ago = f"{days(evidence.days)} ago" if evidence.days else "today"
    return f"{provider} changed its model to {version} {ago}, after the last evaluation."


RULES.add(
    Rule(
        code="R-71",
        title="Provider changed the model",
        kind=Kind.RISK,
        pattern=Pattern.NO_EVALUATION,
        source="R-71, S3-11",
        inputs=frozenset({"stage", "model", "evidence", "waiver", "hold"}),
        limits=SWAPPED,
        eligible=rests_on_a_provider,
        judge=judge_swapped,
        floor=Production,
        fact=tell_swapped,
        shared=lambda hit, of: (
            f"The provider of {hit} of {of} pilots changed the model after the last evaluation"
        ),
        next_action="Run the evaluation again on the new version, and pin it meanwhile.",
        clears_when="The version that is live was evaluated, or the provider can no longer change it.",
        unblockers=BUILDERS,
    ),
)
