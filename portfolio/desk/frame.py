"""What stands round every page: programs, navigation, whether somebody may log a pilot."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.urls import ResolverMatch, reverse
from django.utils.functional import SimpleLazyObject

from pilots.access.models import Program, Role, User
from pilots.access.permissions import roles_anywhere

_FILES = "django.core.mail.backends.filebased.EmailBackend"

_FLAGS = "pilots:flag"  # pages about flags: named with the pilots, and below Stalled in the address
# Label, icon, URL name, and how the names of the pages below it begin. Only pages that exist.
_PLACES = (
    ("Today", "today", "desk:today", None),
    ("Pilots", "pilots", "pilots:pilot_list", ("pilots:", "exchange:")),
    ("Stalled", "hourglass", "stalled:stalled", ("stalled:", _FLAGS)),
    ("Funnel", "funnel", "dashboards:funnel", None),
    ("Pace", "pace", "pace:pace", None),
    ("Value", "value", "value:value", None),
)
# Pages that show one program or all of them; elsewhere the switcher leads to the list of pilots.
_FILTERED = frozenset(
    {
        "desk:today",
        "pilots:pilot_list",
        "pilots:pilot_board",
        "pilots:pilot_timeline",
        "pilots:waits",
        "stalled:stalled",
        "stalled:rules",
        "dashboards:funnel",
        "pace:pace",
        "value:value",
    }
)


@dataclass(frozen=True)
class Place:
    """One line of the navigation. `current` is "page" on that very page, "true" below it, else empty."""

    label: str
    icon: str
    url: str
    current: str


@dataclass(frozen=True)
class Choice:
    """One line of the program switcher."""

    name: str
    url: str
    is_current: bool


class Frame:
    """The frame for one signed-in person and one request: two queries at most, asked when first needed."""

    def __init__(self, user: User, match: ResolverMatch | None, path: str, query: Mapping[str, str]) -> None:
        self._user = user
        self._match = match
        self._path = path
        self._asked = query.get("program", "")

    @cached_property
    def programs(self) -> list[Program]:
        return list(Program.objects.visible_to(self._user).order_by("name"))

    @cached_property
    def program(self) -> Program | None:
        """The program named in the address, if the person may see it."""
        if not self._asked:
            return None
        return next((program for program in self.programs if program.slug == self._asked), None)

    @cached_property
    def _roles(self) -> set[Role]:
        return roles_anywhere(self._user)

    @property
    def may_log(self) -> bool:
        return bool(self._roles & {Role.CONTRIBUTOR, Role.MANAGER})

    @property
    def may_import(self) -> bool:
        """Whether there may be a program this person imports into; demo log-ins see the sample only."""
        return not self._user.is_sample and (self._user.is_administrator or Role.MANAGER in self._roles)

    @property
    def query(self) -> str:
        """The chosen program as the end of an address, so that it stays chosen from page to page."""
        return f"?{urlencode({'program': self.program.slug})}" if self.program else ""

    @property
    def nav(self) -> list[Place]:
        return [
            Place(label, icon, reverse(name) + self.query, self._current(name, below))
            for label, icon, name, below in _PLACES
        ]

    @property
    def settings(self) -> Place | None:
        """The last line of the navigation, for those who run the site or a program."""
        if not self._user.is_administrator and Role.MANAGER not in self._roles:
            return None
        current = self._current("desk:settings", "desk:settings_")
        return Place("Settings", "settings", reverse("desk:settings") + self.query, current)

    @property
    def choices(self) -> list[Choice]:
        page = self._path if self._view in _FILTERED else reverse("pilots:pilot_list")
        every = Choice("All programs", page, self.program is None)
        return [every] + [
            Choice(program.name, f"{page}?{urlencode({'program': program.slug})}", program == self.program)
            for program in self.programs
        ]

    @property
    def sample_banner(self) -> bool:
        """Whether what is shown is invented: the sample is chosen, or there is nothing else."""
        if self.program:
            return self.program.is_sample
        return bool(self.programs) and all(program.is_sample for program in self.programs)

    @property
    def mail_goes_to_files(self) -> bool:
        """Whether nobody receives mail; said only to those who run the site or a program."""
        return settings.EMAIL_BACKEND == _FILES and (self._user.is_administrator or self.may_log)

    @property
    def _view(self) -> str:
        return self._match.view_name if self._match else ""

    def _current(self, name: str, below: str | tuple[str, ...] | None) -> str:
        if self._view == name:
            return "page"
        if self._view.startswith(_FLAGS) and below != ("stalled:", _FLAGS):
            return ""
        return "true" if below and self._view.startswith(below) else ""


def frame(request: HttpRequest) -> dict[str, object]:
    """Context processor: `frame` for signed-in people, None for strangers and pages outside the routing."""
    user = getattr(request, "user", None)
    if not isinstance(user, User) or not user.is_authenticated:
        return {"frame": None}
    return {"frame": SimpleLazyObject(lambda: Frame(user, request.resolver_match, request.path, request.GET))}
