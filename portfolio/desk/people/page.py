"""What the page of people shows one reader: whom mail reaches, whom it does not, and why."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from pilots.access.models import Program, Role, User
from pilots.actions.by import By, Reason
from pilots.actions.invitation import reasons_against
from pilots.models import Invitation, Owner, OwnerKind, Ownership, Pilot
from pilots.web.http import UserRequest, by_web
from pilots.web.reach import invited, unreached
from pilots.web.spoken import spoken
from portfolio.desk.people.asked import waiting

PER_PAGE = 50
NO_MAIL, NO_PILOTS = "no-mail", "no-pilots"
MANY, MOST_NAMED = 3, 5  # somebody on three running pilots is on many


@dataclass(frozen=True)
class Standing:
    """Whether mail reaches somebody, and the words for it."""

    words: str
    is_reached: bool = False


@dataclass(frozen=True)
class Row:
    owner: Owner
    standing: Standing
    pilots: int
    pilots_url: str
    may_invite: bool
    may_edit: bool
    invitation: Invitation | None


@dataclass(frozen=True)
class Load:
    """Somebody who answers for several running pilots at once."""

    name: str
    pilots: int
    url: str


@dataclass(frozen=True)
class Tab:
    label: str
    url: str
    count: int
    is_current: bool


def managed_programs(user: User) -> QuerySet[Program]:
    return Program.objects.where(user, Role.MANAGER)


def standing(owner: Owner, letters: list[Invitation], today: date) -> Standing:
    """Say whether mail reaches somebody; `letters` are their invitations, oldest first."""
    if owner.user is not None and owner.user.is_sample:
        return Standing("demo log-in: receives no mail")
    if owner.program.is_sample:
        return Standing("sample: receives no mail")
    if owner.user is not None:
        return Standing("gets mail", is_reached=True) if owner.user.is_active else Standing("account closed")
    if not owner.is_active:
        return Standing("not active")
    if owner.kind == OwnerKind.TEAM.value:
        return Standing("a team")
    if not owner.email:
        return Standing("no address")
    sent = [letter for letter in letters if letter.sent_to == owner.email]
    if not sent:
        return Standing("not invited")
    last = sent[-1]
    on = spoken(owner.program.today(last.invited_at), today)
    if last.lapse(today) is None:
        return Standing(f"invited on {on}, open until {spoken(last.expires_on, today)}")
    if last.withdrawn_at is not None:
        return Standing(f"invited on {on}, then withdrawn")
    return Standing(f"invited on {on}, no answer")


def _pilots_url(owner: Owner) -> str:
    return f"{reverse('pilots:pilot_list')}?{urlencode({'owner': owner.pk, 'state': 'active'})}"


class PeoplePage:
    """The contacts somebody may know of; program, tab and page stand in the address."""

    def __init__(self, request: UserRequest) -> None:
        self._request = request
        self.reader = request.user
        self.path = reverse("people:people")
        self.program = request.GET.get("program", "")
        shown = request.GET.get("show", "")
        self.shown = shown if shown in {NO_MAIL, NO_PILOTS} else ""
        self._by: By = by_web(request)
        self._at: datetime = timezone.now()

    @cached_property
    def _contacts(self) -> QuerySet[Owner]:
        """Of one program, or of all; the sample's only where it was chosen or nothing else is there."""
        contacts = Owner.objects.visible_to(self.reader)
        if self.program:
            return contacts.filter(program__slug=self.program)
        real = contacts.filter(program__is_sample=False)
        return real if real.exists() else contacts

    def _of(self, tab: str) -> QuerySet[Owner]:
        named = Ownership.objects.active().filter(pilot__in=self._pilots).values("owner")
        if tab == NO_MAIL:  # a pilot the reader cannot see decides nothing: it would tell that it is there
            return unreached(self._contacts).filter(pk__in=named)
        if tab == NO_PILOTS:  # who only stands in for somebody has none of their own
            return self._contacts.exclude(pk__in=self._principal_rows.values("owner"))
        return self._contacts

    @property
    def _pilots(self) -> QuerySet[Pilot]:
        return Pilot.objects.visible_to(self.reader).active()

    @cached_property
    def counts(self) -> dict[str, int]:
        return {tab: self._of(tab).count() for tab in ("", NO_MAIL, NO_PILOTS)}

    @property
    def without_mail(self) -> int:
        """How many of those the reader could invite, or ask others about, get no mail and were not asked."""
        return self.counts[NO_MAIL] - self.invited

    @cached_property
    def invited(self) -> int:
        """How many of those who get no mail can still accept an invitation."""
        return invited(self._of(NO_MAIL), timezone.localdate(self._at)).count() if self.counts[NO_MAIL] else 0

    @property
    def tabs(self) -> list[Tab]:
        labels = {"": "All", NO_MAIL: "No mail", NO_PILOTS: "Without pilots"}
        return [
            Tab(label, self._address(show=tab), self.counts[tab], tab == self.shown)
            for tab, label in labels.items()
        ]

    def _address(self, *, show: str = "") -> str:
        query = self._query(show)
        return f"{self.path}?{query}" if query else self.path

    def _query(self, show: str) -> str:
        return urlencode({name: text for name, text in (("program", self.program), ("show", show)) if text})

    @property
    def query(self) -> str:
        """What is asked, without the page, as the end of an address that is about the whole list."""
        return self._query(self.shown)

    @property
    def total(self) -> int:
        return self.counts[self.shown]

    @property
    def everybody(self) -> QuerySet[Owner]:
        """All that are listed, on whatever page, by name."""
        held = (
            self._principal_rows.filter(owner=OuterRef("pk"))
            .order_by()
            .values("owner")
            .annotate(count=Count("pilot", distinct=True))
            .values("count")
        )
        listed: QuerySet[Owner] = (
            self._of(self.shown)
            .with_address_for(self.reader)  # type: ignore[attr-defined]  # of the queryset it came from
            .annotate(pilots=Coalesce(Subquery(held, output_field=IntegerField()), Value(0)))
            .select_related("program", "user")
            .order_by("name", "pk")
        )
        return listed

    @cached_property
    def page(self) -> Page[Owner]:
        return Paginator(self.everybody, PER_PAGE).get_page(self._request.GET.get("page"))

    @cached_property
    def rows(self) -> list[Row]:
        return self.rows_of(list(self.page.object_list))

    def rows_of(self, owners: list[Owner]) -> list[Row]:
        """Return the rows of some of these contacts; the same queries for any number."""
        letters: dict[int, list[Invitation]] = {}
        for letter in Invitation.objects.filter(owner__in=owners).order_by("invited_at", "pk"):
            letters.setdefault(letter.owner_id, []).append(letter)
        against = reasons_against(owners, by=self._by) if self.managed else {}
        return [self._row(owner, letters.get(owner.pk, []), against) for owner in owners]

    def _row(self, owner: Owner, letters: list[Invitation], against: dict[int, Reason]) -> Row:
        manages = owner.program_id in self.managed
        for letter in letters:
            letter.owner = owner
        is_open = [letter for letter in letters if not (letter.accepted_at or letter.withdrawn_at)]
        return Row(
            owner=owner,
            standing=standing(owner, letters, owner.program.today(self._at)),
            pilots=getattr(owner, "pilots"),  # noqa: B009 -- annotated above
            pilots_url=_pilots_url(owner),
            may_invite=manages and owner.pk not in against,
            may_edit=manages,
            invitation=is_open[0] if is_open and manages else None,
        )

    @cached_property
    def managed(self) -> set[int]:
        return set(managed_programs(self.reader).values_list("pk", flat=True))

    @cached_property
    def _loaded(self) -> list[Owner]:
        """Who answers for many running pilots in the programs the reader manages; deputies do not."""
        if not self.managed:
            return []
        counted = Count("ownerships__pilot", distinct=True, filter=Q(ownerships__in=self._principal_rows))
        listed = self._contacts.filter(program__in=self.managed).annotate(load=counted)
        return list(listed.filter(load__gte=MANY).order_by("-load", "name", "pk"))

    @property
    def _principal_rows(self) -> QuerySet[Ownership]:
        return Ownership.objects.active().principals().filter(pilot__in=self._pilots)

    @property
    def load(self) -> list[Load]:
        """The most loaded, at most five; for managers only."""
        return [
            Load(owner.name, getattr(owner, "load"), _pilots_url(owner))  # noqa: B009 -- annotated above
            for owner in self._loaded[:MOST_NAMED]
        ]

    @property
    def more_loaded(self) -> int:
        return max(len(self._loaded) - MOST_NAMED, 0)

    @cached_property
    def programs(self) -> list[Program]:
        """The programs to choose from, where there is a choice."""
        known = Owner.objects.visible_to(self.reader).values("program")
        programs = list(Program.objects.filter(Q(pk__in=known)).order_by("name"))
        return programs if len(programs) > 1 else []

    @cached_property
    def waiting_for_reader(self) -> int:
        """How many roles wait for the reader's own agreement."""
        return len(waiting(Ownership.objects.filter(owner__user=self.reader)))

    @property
    def may_invite(self) -> bool:
        return any(row.may_invite for row in self.rows) and bool(self.managed)

    @property
    def invite_all_url(self) -> str:
        query = {"all": "1"} | ({"program": self.program} if self.program else {})
        return f"{reverse('people:invite')}?{urlencode(query)}"
