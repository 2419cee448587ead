"""How Headway decides what is stuck: every rule in words, and setting the limits it goes by."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from pilots.access.models import Program, User
from pilots.access.permissions import runs_the_site
from pilots.actions.backtest import ask_backtest
from pilots.actions.by import Forbidden
from pilots.actions.limits import set_limits
from pilots.actions.pilot import QUIET
from pilots.forms.limits import LimitsForm
from pilots.models import Backtest, RuleSetting
from pilots.rules import RULES
from pilots.rules.book import KIND_WORDS
from pilots.rules.engine import FEWEST, WIDESPREAD_PERCENT
from pilots.rules.registry import Kind, Rule
from pilots.views.attempt import carried_out
from pilots.web.head import ROLE_WORDS
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating
from pilots.web.rulebook import Entry, read_rulebook
from pilots.web.scorecard import read_scorecard
from pilots.web.spoken import number_word, spoken
from portfolio.desk.freshness import freshness
from portfolio.desk.stalled.backtest_words import recent
from portfolio.desk.stalled.kept_reason import keep_reason, reason_kept
from portfolio.desk.stalled.paces import paces
from portfolio.desk.stalled.scorecard import ScoreWords

LONGEST_ID = 18  # digits


@dataclass(frozen=True)
class Past:
    """One line of the history of a rule's limits: what was set, for whom, by whom, when and why."""

    said: str
    who: str
    reason: str


class RuleWords:
    """One rule as the page shows it."""

    def __init__(
        self,
        entry: Entry,
        *,
        may_set: bool,
        score: ScoreWords | None = None,
        looked_at: datetime | None = None,
    ) -> None:
        self._looked_at = looked_at
        self.entry = entry
        self.score = score
        self.rule = entry.rule
        self.may_set = may_set
        self.unblockers = ", ".join(ROLE_WORDS[role] for role in entry.rule.unblockers)

    @property
    def limits(self) -> list[tuple[str, str]]:
        """Severity and “90 days since it was proven”."""
        return [(limit.severity.label, words) for limit, words in self.entry.said_limits]

    @property
    def counted(self) -> str:
        """Return “flags 7 of 22”; of none it says so, since 0 of 0 is no good news."""
        count = self.entry.count
        return f"flags {count.hit:,} of {count.eligible:,}" if count.eligible else "no pilot it could flag"

    @property
    def scored(self) -> str:
        """Return what became of the pilots it flagged a while ago; nothing where it could flag none then."""
        if self.score is None or not self.score.score.eligible:
            return ""
        is_told = self.score.score.is_enough
        return f"{self.score.sentence} {self.score.verdict}" if is_told else ""

    @property
    def is_too_few(self) -> bool:
        """Whether there were some it could flag then, but too few to say what became of them."""
        return self.score is not None and bool(self.score.score.eligible) and not self.score.score.is_enough

    @property
    def origin(self) -> str:
        """Return who set what is in force here."""
        setting = self.entry.setting
        if setting is None:
            return "As Headway proposes"
        return f"Set for {_place(setting.program)} {_deed(setting)}"

    @property
    def waits(self) -> str:
        """Return that pilots are judged by older limits still, until the rules have looked again."""
        here = (row for row in self.entry.history if row.program in {None, self.entry.program})
        newest = next(here, None)
        if newest is None or (self._looked_at is not None and newest.set_at < self._looked_at):
            return ""
        at = timezone.localtime(newest.set_at)
        return f"Set at {at:%H:%M}; pilots are judged by it from the next look, within the hour."

    @property
    def reason(self) -> str:
        return self.entry.setting.reason if self.entry.setting else ""

    @property
    def others(self) -> list[Program]:
        """Other programs that go by limits of their own."""
        found = [setting.program for setting in self.entry.overrides if setting.program]
        return [program for program in found if program != self.entry.program]

    @property
    def shared_in(self) -> str:
        return ", ".join(line.program.name for line in self.entry.lines)

    @property
    def history(self) -> list[Past]:
        return past(self.rule, self.entry.history)


def past(rule: Rule, settings: Iterable[RuleSetting]) -> list[Past]:
    labels = {limit.name: limit.severity.label for limit in rule.limits}
    found = []
    for setting in settings:
        numbers = ", ".join(
            f"{labels.get(name, name)} {value:,}" for name, value in _in_order(rule, setting.limits)
        )
        place = _place(setting.program)
        said = f"{numbers} for {place}" if numbers else f"Taken back for {place}"
        found.append(Past(said, _deed(setting), setting.reason))
    return found


def _in_order(rule: Rule, limits: Mapping[str, int]) -> list[tuple[str, int]]:
    """PostgreSQL keeps no order of its own in JSON; what this release has no limit for stands last."""
    places = {limit.name: place for place, limit in enumerate(rule.limits)}
    return sorted(limits.items(), key=lambda item: (places.get(item[0], len(places)), item[0]))


def _place(program: Program | None) -> str:
    return program.name if program else "the whole site"


def _deed(setting: RuleSetting) -> str:
    who = setting.set_by.name if setting.set_by else "Headway"
    at = timezone.localtime(setting.set_at)
    return f"by {who} on {spoken(at.date(), timezone.localdate())}"


@require_safe
@translating
def rules(request: UserRequest) -> HttpResponseBase:
    """Show every rule with the limits in force, in the program of the address or for the whole site."""
    program = _asked(request) if "program" in request.GET else _only_program(request.user)
    only_hits = request.GET.get("hits") == "1"
    now = timezone.now()
    looked_at = freshness(now).at
    entries = read_rulebook(request.user, at=now, program=program)
    card = read_scorecard(request.user, at=now, program=program)
    may_set = bool(_targets(request.user))
    by_kind = [
        (
            kind,
            KIND_WORDS[kind],
            [
                RuleWords(
                    entry,
                    may_set=may_set,
                    score=ScoreWords(entry.rule, card.scores[entry.rule.key], days=card.days, on=card.on),
                    looked_at=looked_at,
                )
                for entry in entries
                if entry.rule.kind is kind and (entry.count.hit or not only_hits)
            ],
        )
        for kind in Kind
    ]
    context = {
        "groups": [group for group in by_kind if group[2]],
        "paces": paces(request.user, entries, card.today, program=program),
        "said": f"{number_word(len(entries)).capitalize()} rules look at every pilot once an hour.",
        "program": program,
        "only_hits": only_hits,
        "flagging": sum(bool(entry.count.hit) for entry in entries),
        "percent": WIDESPREAD_PERCENT,
        "fewest": number_word(FEWEST),
        "quiet": QUIET.days,
    }
    return TemplateResponse(request, "desk/rules.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@translating
def rule_edit(request: UserRequest, rule: str) -> HttpResponseBase:
    """Set the limits of a rule for one program or for the whole site, or take them back."""
    found = RULES.get(rule)
    targets = _targets(request.user)
    if not targets:
        raise Forbidden(
            "Limits are set by the managers of a program, and for the whole site by an administrator."
        )
    if found is None:
        raise Http404
    program = _asked(request) or targets[0]
    if program not in targets:
        raise Forbidden(f"You may not set limits for {_place(program)}: its managers can.")
    entry = read_rulebook(request.user, at=timezone.now(), program=program, rules=[found])[0]
    data = request.POST if request.method == "POST" else None
    tried = _tried(request, found, program)
    shown = {**entry.limits, **(tried.limits if tried else {})}
    form = LimitsForm(
        data if data and "back" not in data else None,
        rule=found,
        limits=shown,
        reason=reason_kept(request, tried) if tried else "",
    )
    back = forms.Form(data if data and "back" in data else None)
    if data and "try" in data:
        if row := _try(request, form, rule=found, program=program):
            keep_reason(request, row, form.cleaned_data["reason"])
            return redirect(row)
    elif _is_done(request, form, back, rule=found, program=program):
        return redirect(_address("stalled:rules", program=program, fragment=found.key))
    context = {
        "rule": found,
        "form": form,
        "back": back,
        "program": program,
        "place": _place(program),
        "targets": [
            (_place(target), _address("stalled:rule_edit", found.key, program=target)) for target in targets
        ],
        "is_set": entry.setting_of(program) is not None,
        "below": "what holds for the whole site" if program else "what Headway proposes",
        "words": RuleWords(entry, may_set=True),
        "tried": recent(found, program, reader=request.user, at=timezone.now()),
    }
    return TemplateResponse(request, "desk/rule_edit.html", context)


def _try(request: UserRequest, form: LimitsForm, *, rule: Rule, program: Program | None) -> Backtest | None:
    """Ask for a backtest of what was typed; None where it cannot be tried, and the form says why."""
    rows: list[Backtest] = []
    if form.is_valid():
        carried_out(
            form,
            lambda: rows.append(ask_backtest(rule, form.limits, program=program, by=by_web(request))),
        )
    return rows[0] if rows else None


def _tried(request: UserRequest, rule: Rule, program: Program | None) -> Backtest | None:
    """Return the backtest that the address names, to go on from there."""
    asked = request.GET.get("tried", "")
    if not (asked.isdecimal() and len(asked) <= LONGEST_ID):
        return None
    rows = Backtest.objects.visible_to(request.user).filter(rule=rule.key, program=program, pk=int(asked))
    return rows.first()


def _is_done(
    request: UserRequest, form: LimitsForm, back: forms.Form, *, rule: Rule, program: Program | None
) -> bool:
    if back.is_valid():
        done = carried_out(back, lambda: set_limits(rule, {}, program=program, by=by_web(request)))
        said = f"{rule.title}: the limits of {_place(program)} were taken back."
    elif form.is_valid():
        reason = form.cleaned_data["reason"]
        done = carried_out(
            form,
            lambda: set_limits(rule, form.limits, program=program, reason=reason, by=by_web(request)),
        )
        said = f"{rule.title}: the limits of {_place(program)} were set."
    else:
        return False
    if done:
        messages.success(request, f"{said} Pilots are judged by them within the hour.")
    return done


def _asked(request: UserRequest) -> Program | None:
    """Return the program the address names, None for the whole site; 404 for one nobody here sees."""
    slug = request.GET.get("program", "")
    return get_object_or_404(Program.objects.visible_to(request.user), slug=slug) if slug else None


def _only_program(user: User) -> Program | None:
    """Return the program whose limits matter to somebody who runs exactly one, and not the site."""
    return targets[0] if len(targets := _targets(user)) == 1 else None


def _targets(user: User) -> list[Program | None]:
    """Return for whom somebody may set limits: the site first, then programs by name."""
    programs = list(Program.objects.run_by(user).order_by("name", "pk"))
    return [None, *programs] if runs_the_site(user) else [*programs]


def _address(name: str, *args: str, program: Program | None, fragment: str = "") -> str:
    query = f"?{urlencode({'program': program.slug})}" if program else ""
    return reverse(name, args=args) + query + (f"#{fragment}" if fragment else "")
