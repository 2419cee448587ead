"""Begins the form for a new pilot with something, also in the middle of typing: what is typed stays."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pilots.access.models import Program, User
from pilots.models import Pilot
from pilots.starts import Start
from pilots.web.http import UserRequest
from portfolio.desk.log_start import find_source, start_from

OFFERED = 5
ANOTHER = "another"  # the button that begins with the pilot named in `from`
NO_VALUES = frozenset({"csrfmiddlewaretoken", "source", "takes_over", "start", "begun", "from"})
Starts = dict[str, tuple[Start, Program | None]]


@dataclass(frozen=True)
class Beginning:
    """What the form begins with. `unseen` is a pilot nobody can see, where one is asked for; `offered`
    are those that may be meant. `program` is that of its template or its pilot, where it has one."""

    code: str = ""
    start: Start | None = None
    source: Pilot | None = None
    program: Program | None = None
    filled: Mapping[str, Any] = field(default_factory=dict)
    unseen: str = ""
    offered: tuple[Pilot, ...] = ()

    @property
    def fills(self) -> dict[str, str]:
        """What it puts into which fields."""
        start = self.start
        if start is None:
            return {}
        found = {"how_built": start.how_built, "tags": ", ".join(start.tags)}
        found |= {f"custom/{code}": str(value) for code, value in start.custom.items()}
        found["kpi"] = "" if start.is_example else start.number
        return found | dict(self.filled)

    @property
    def is_of_template(self) -> bool:
        """Whether it is a template that one program keeps."""
        return self.source is None and self.program is not None

    @property
    def is_found(self) -> bool:
        return not self.unseen and not self.offered


def begins_anew(request: UserRequest) -> bool:
    """Return whether a sent form asks for a start and not to log anything.

    Enter in any field presses the first button of the form, which has no name: with a pilot to begin
    with written down that is what is meant.
    """
    sent = request.POST
    return "start" in sent or bool(sent.get("from", "").strip() and not {"log", "another"} & set(sent))


def beginning_of(request: UserRequest, programs: list[Program], starts: Starts) -> Beginning:
    """Return what the address, or the form that is sent, says to begin with."""
    sent = request.POST
    if not begins_anew(request):
        return _begin(request.user, programs, starts, sent.get("source") or _code(request))
    by_name = sent.get("start", ANOTHER) == ANOTHER
    found = _begin(request.user, programs, starts, sent.get("from", "") if by_name else _code(request))
    if found.is_found and (found.code or not by_name):
        return found
    before = begun(request, programs, starts)
    return replace(before, unseen=found.unseen, offered=found.offered)


def begun(request: UserRequest, programs: list[Program], starts: Starts) -> Beginning:
    """Return what a sent form began with before."""
    return _begin(request.user, programs, starts, request.POST.get("begun", ""))


def _code(request: UserRequest) -> str:
    return request.GET.get("from") or request.GET.get("template", "")


def _begin(user: User, programs: list[Program], starts: Starts, code: str) -> Beginning:
    if code in starts:
        start, program = starts[code]
        return Beginning(code, start, None, program)
    if not code.strip():
        return Beginning()
    source = find_source(user, code)
    meant = [] if source else _called(user, code)
    if len(meant) == 1:
        source = meant[0]
    if source is None:
        return Beginning(offered=tuple(meant)) if meant else Beginning(unseen=code.strip()[:60])
    start, filled = start_from(source, programs)
    own = next((program for program in programs if program.pk == source.program_id), None)
    return Beginning(source.key, start, source, own, filled)


def _called(user: User, text: str) -> list[Pilot]:
    """Return the pilots a person may see whose names hold this text; at most five."""
    visible = Pilot.objects.visible_to(user).select_related("program")
    return list(visible.filter(name__icontains=text.strip()[:200]).order_by("name", "pk")[:OFFERED])


def typed(request: UserRequest, now: Beginning, before: Beginning) -> dict[str, str]:
    """Return what stays of what is typed when the form begins anew.

    An empty field takes what the start says, and so does one that an earlier start filled and nobody
    changed; every other stays as it is, empty ones too.
    """
    sent = {
        name: text.replace("\r\n", "\n")
        for name, text in request.POST.items()
        if isinstance(text, str) and name not in NO_VALUES
    }
    if not now.is_found:
        return sent
    put, puts = before.fills, now.fills
    if now.is_of_template and now.program is not None:
        sent["program"] = now.program.slug
    return {
        name: text
        for name, text in sent.items()
        if not ((name in puts and not text.strip()) or (name in put and text == put[name]))
    }
