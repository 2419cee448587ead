"""How somebody wants their weekly mail, which weeks they got it, and how far silence was carried."""

from enum import StrEnum

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q

from pilots.access.models import Program, Role, User
from pilots.models import Flag, Pilot
from portfolio.digests.week import MONDAY, NINE, SUNDAY, WEEKDAYS, Rhythm

WEEKDAY_CHOICES = list(enumerate(WEEKDAYS))
HOUR_CHOICES = [(hour, f"{hour:02}:00") for hour in range(24)]


class DigestScope(StrEnum):
    """Which pilots a digest speaks of; never more than the reader may see."""

    EVERYTHING = "everything"
    MINE = "mine"
    CHOSEN = "chosen"

    @property
    def label(self) -> str:
        return {
            "everything": "Everything I may see",
            "mine": "Only pilots I own",
            "chosen": "Only these programs",
        }[self.value]


class DigestForm(StrEnum):
    """What kind of digest it is: what to do next, or what to know."""

    WORK = "work"
    EXECUTIVE = "executive"

    @property
    def label(self) -> str:
        return {
            "work": "Each stuck pilot and its next step",
            "executive": "Counts, decisions, news",
        }[self.value]


SCOPE_CHOICES = [(item.value, item.label) for item in DigestScope]
FORM_CHOICES = [(item.value, item.label) for item in DigestForm]


class DigestSetting(models.Model):
    """How somebody wants their digest. Who never chose has no row, and gets it on Monday at nine."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="digest_setting")
    is_on = models.BooleanField("Send me the digest", default=True)
    weekday = models.PositiveSmallIntegerField(
        "day", default=MONDAY, choices=WEEKDAY_CHOICES, validators=[MaxValueValidator(SUNDAY)]
    )
    hour = models.PositiveSmallIntegerField(
        default=NINE, choices=HOUR_CHOICES, validators=[MaxValueValidator(23)]
    )
    scope = models.CharField(
        "which pilots", max_length=10, default=DigestScope.EVERYTHING.value, choices=SCOPE_CHOICES
    )
    programs = models.ManyToManyField(Program, blank=True, related_name="+")
    paused_until = models.DateField(
        "pause until", null=True, blank=True, help_text="The first day on which it may come again."
    )
    as_form = models.CharField(
        "what kind",
        max_length=9,
        blank=True,
        choices=FORM_CHOICES,
        help_text="Empty: by what the person is.",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(weekday__lte=SUNDAY), name="digest_weekday_known"),
            models.CheckConstraint(condition=Q(hour__lte=23), name="digest_hour_known"),
            models.CheckConstraint(
                condition=Q(scope__in=[item.value for item in DigestScope]), name="digest_scope_known"
            ),
            models.CheckConstraint(
                condition=Q(as_form__in=["", *[item.value for item in DigestForm]]), name="digest_form_known"
            ),
        ]

    def __str__(self) -> str:
        return f"digest of {self.user}, {self.rhythm.said}"

    @property
    def rhythm(self) -> Rhythm:
        return Rhythm(self.weekday, self.hour, self.user.zone)

    @property
    def chosen_form(self) -> DigestForm:
        if self.as_form:
            return DigestForm(self.as_form)
        return DigestForm.EXECUTIVE if self.user.is_executive else DigestForm.WORK


def setting_of(user: User) -> DigestSetting:
    """Return what somebody chose, or what holds for those who never did; that row is not saved."""
    chosen = DigestSetting.objects.filter(user=user).first()
    return chosen or DigestSetting(user=user, scope=usual_scope(user).value)


def usual_scope(user: User) -> DigestScope:
    """Return which pilots somebody is told of who never chose: their own, where they only own some."""
    pilots = Pilot.objects.visible_to(user).filter(program__is_sample=user.is_sample).active()
    if user.is_executive or user.memberships.filter(role=Role.MANAGER.value).exists():
        return DigestScope.EVERYTHING
    return DigestScope.MINE if pilots.owned_by(user).exists() else DigestScope.EVERYTHING


class WeekNote(StrEnum):
    """What became of somebody's digest in one week."""

    DUE = "due"
    OFF = "off"
    MISSED = "missed"


class DigestWeek(models.Model):
    """One local ISO week of one person, noted once: due, off, or missed because nothing ran."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="digest_weeks")
    week = models.CharField(max_length=8, help_text="The local ISO week, such as 2026-W47.")
    note = models.CharField(max_length=6, choices=[(note.value, note.value) for note in WeekNote])
    noted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "week"], name="digest_week_once"),
            models.CheckConstraint(
                condition=Q(note__in=[note.value for note in WeekNote]), name="digest_note_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.week} of {self.user_id}: {self.note}"


class Level(StrEnum):
    """Whom silence is carried to, in this order."""

    OWNER = "owner"
    MANAGER = "manager"
    SPONSOR = "sponsor"

    @property
    def label(self) -> str:
        return self.value.capitalize()


class Escalation(models.Model):
    """A stalled pilot of which nobody answered, put before the next person up; once for each level.

    `person` is empty where nobody at that level gets mail, so that silence goes on to the next.
    """

    flag = models.ForeignKey(Flag, on_delete=models.CASCADE, related_name="escalations")
    level = models.CharField(max_length=7, choices=[(level.value, level.label) for level in Level])
    person = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["flag", "level"], name="escalation_once_per_level"),
            models.CheckConstraint(
                condition=Q(level__in=[level.value for level in Level]), name="escalation_level_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.level} of flag {self.flag_id}"
