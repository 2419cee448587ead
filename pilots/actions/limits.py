"""Sets the limits rules go by. Every setting stays: the newest row of a program, or of the site, holds."""

from collections.abc import Mapping

from django.db import transaction

from pilots.access.models import Event, Program
from pilots.access.permissions import Deed, may, relation_to_program, runs_the_site
from pilots.actions.by import By, Forbidden, Reason, Refused
from pilots.actions.change import FORBIDDEN_WORDS, refuse_unstorable
from pilots.actions.event import event
from pilots.actions.job import ask_for_run
from pilots.limits import LimitsInForce, limits_in_force
from pilots.models import RuleSetting
from pilots.rules.registry import Limit, Limits, Rule

LONGEST = 3650
LONGEST_REASON = 500


def set_limits(
    rule: Rule, limits: Mapping[str, int], *, program: Program | None, reason: str = "", by: By
) -> RuleSetting:
    """Set the limits of a rule for a program, or for the site; an empty mapping takes them back.

    A limit that is not named is kept as it holds without this setting. Raises `Refused` for a limit that
    is unknown, no whole number from 0 to 3,650, or milder than the one below it, `Forbidden` for whoever
    may not, and `Program.DoesNotExist` where they do not see the program.
    """
    require_to_set(program, by=by)
    refuse_unstorable({"reason": reason})
    with transaction.atomic():
        in_force = limits_in_force()
        known: Limits = in_force.of_site.get(rule.key, {})
        if program is not None:
            known = in_force.of_programs.get((program.pk, rule.key), {})
        whole = whole_limits(rule, limits, program, in_force)
        asked = whole if limits else {}
        reasons = faults_of(rule, limits, whole) + _faults_of_reason(reason)
        if not (limits or known or reasons):
            sentence = "Nothing is set here that could be taken back."
            reasons = [Reason(sentence, code="nothing-set")]
        if reasons:
            raise Refused(reasons)
        setting = RuleSetting.objects.create(
            rule=rule.key,
            program=program,
            limits=asked,
            set_at=by.at,
            set_by=by.user,
            reason=reason.strip(),
        )
        told = event(
            "rule.limits_set",
            by=by,
            program=program,
            subject=rule.key,
            before=known,
            after=asked,
            reason=reason.strip(),
        )
        Event.objects.bulk_create([told])
        ask_for_run("rules", by.at)  # what many share is a matter of the whole site, so all are looked at
    return setting


def whole_limits(
    rule: Rule, limits: Mapping[str, int], program: Program | None, in_force: LimitsInForce
) -> dict[str, int]:
    """Return every limit as it would hold: one that is not named is kept as it holds without this."""
    return {**(rule.default_limits if program is None else in_force.for_site(rule)), **limits}


def require_to_set(program: Program | None, *, by: By) -> None:
    """Raise `Forbidden`, or `Program.DoesNotExist`, for whoever may not set limits there."""
    if program is None:
        if not runs_the_site(by.user):
            raise Forbidden("You may not set limits for the whole site: an administrator can.")
        return
    if not Program.objects.visible_to(by.user).filter(pk=program.pk).exists():
        raise Program.DoesNotExist
    if not may(Deed.SET_LIMITS, relation_to_program(by.user, program)):
        raise Forbidden(f"You may not {FORBIDDEN_WORDS[Deed.SET_LIMITS]}.")


def faults_of(rule: Rule, limits: Mapping[str, int], asked: Limits) -> list[Reason]:
    """Return what is wrong with limits somebody names, `asked` being all of them as they would hold."""
    known = {limit.name: limit for limit in rule.limits}
    reasons = []
    for name, value in limits.items():
        if name not in known:
            sentence = f"{rule.key} has no limit called “{name[:40]}”. It has {', '.join(known)}."
            reasons.append(Reason(sentence, name, "unknown"))
        elif not _is_countable(value):
            sentence = f"Write a whole number from 0 to {LONGEST:,} ({known[name].unit})."
            reasons.append(Reason(sentence, name, "out-of-range"))
    return reasons or _order_faults(rule, asked)


def _is_countable(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LONGEST


def _order_faults(rule: Rule, limits: Limits) -> list[Reason]:
    """Refuse that a worse severity would begin before a milder one; only limits of one unit compare."""
    reasons = []
    for milder, worse in zip(rule.limits, rule.limits[1:], strict=False):
        if milder.unit == worse.unit and limits[worse.name] < limits[milder.name]:
            reasons.append(Reason(_order_sentence(milder, worse, limits), worse.name, "order"))
    return reasons


def _order_sentence(milder: Limit, worse: Limit, limits: Limits) -> str:
    return (
        f"{worse.severity.label} would begin at {limits[worse.name]:,}, before "
        f"{milder.severity.label.lower()} at {limits[milder.name]:,} ({worse.unit}). Write a larger number."
    )


def _faults_of_reason(reason: str) -> list[Reason]:
    if len(reason.strip()) <= LONGEST_REASON:
        return []
    return [Reason(f"Write at most {LONGEST_REASON} characters.", "reason", "length")]
