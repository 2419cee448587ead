"""Steering packs: what a steering group had before it on a day, frozen whole, and the links that share it."""

from urllib.parse import urlencode

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse

from pilots.access.guards import fixed
from pilots.access.models import Program, User


class PackQuerySet(models.QuerySet["Pack"]):
    def visible_to(self, user: User | None) -> "PackQuerySet":
        """Keep the packs of which a person sees every program; None is the system itself.

        The numbers of a pack are totals over its programs, so who sees only some of them reads none.
        """
        if user is None:
            return self
        covered = Pack.programs.through.objects.filter(pack=OuterRef("pk"))
        hidden = covered.exclude(program__in=Program.objects.visible_to(user).order_by().values("pk"))
        return self.filter(Exists(covered), ~Exists(hidden))

    def nearest_first(self) -> "PackQuerySet":
        """Order by the day of the meeting, the last frozen of a day first."""
        return self.order_by("-meeting_on", "-frozen_at", "-pk")


@fixed(
    "program_id",
    "title",
    "meeting_on",
    "frozen_at",
    "frozen_by_id",
    "query",
    "as_of",
    "known_at",
    "content",
)
class Pack(models.Model):
    """One steering pack. `content` is what `steering.freeze` read then; no column of it changes any more.

    `program` is the one program asked for; None covers all that its maker saw then. `programs` are those it
    covers. `query` are the filters as the end of an address, without the days; `as_of` and `known_at` are
    those days. `before` is the pack it is compared with.
    """

    program = models.ForeignKey(Program, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    programs = models.ManyToManyField(Program, related_name="+")
    title = models.CharField(max_length=200)
    meeting_on = models.DateField()
    frozen_at = models.DateTimeField()
    frozen_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    query = models.CharField(max_length=2000, blank=True)
    as_of = models.DateField()
    known_at = models.DateTimeField()
    content = models.JSONField()
    before = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="after")
    nonce = models.UUIDField(help_text="Of its maker's form, so that two clicks make one pack.")

    objects = PackQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="pack_has_title"),
            models.UniqueConstraint(fields=["frozen_by", "nonce"], name="pack_once_per_form"),
            models.CheckConstraint(condition=Q(known_at__lte=F("frozen_at")), name="pack_known_by_freeze"),
        ]
        indexes = [models.Index(fields=["-meeting_on", "-frozen_at"], name="pack_nearest")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("steering:pack_detail", args=[self.pk])

    @property
    def funnel_query(self) -> str:
        """The end of the funnel's address that counts what this pack counted: its filters and its time."""
        days = urlencode({"as_of": self.as_of.isoformat(), "known_at": self.known_at.isoformat()}, safe=":")
        return f"{self.query}&{days}" if self.query else days


class PackShare(models.Model):
    """A link that shows some sections of a pack to whoever holds it, until it expires or is revoked."""

    pack = models.ForeignKey(Pack, on_delete=models.CASCADE, related_name="shares")
    digest = models.CharField(max_length=64, unique=True, help_text="Of the token, which nobody keeps.")
    sections = models.JSONField(default=list, help_text="The codes of the sections it shows.")
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    last_opened_at = models.DateTimeField(null=True)
    opened = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("made_at")), name="share_expires_later"),
        ]

    def __str__(self) -> str:
        return f"link to {self.pack_id}"


class Sharing(models.Model):
    """Whether this site lets packs be shared by link; without a row it does not. There is one row at most."""

    is_on = models.BooleanField(default=False)
    changed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="sharing_is_one_row")]

    def __str__(self) -> str:
        return "on" if self.is_on else "off"
