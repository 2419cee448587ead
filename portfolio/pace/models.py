"""What Headway forecast, kept as it was said, so that it can be held against what came."""

from django.db import models
from django.db.models import F, Q

from pilots.access.guards import append_only
from pilots.access.models import Program, User
from portfolio.pace.quarters import Quarter


class ForecastQuerySet(models.QuerySet["Forecast"]):
    def visible_to(self, user: User | None) -> "ForecastQuerySet":
        """Return the forecasts of programs a person sees.

        The one of the whole site is told to those who see every program it counted: less would tell them
        of pilots that are not theirs to see. Costs two queries at once.
        """
        if user is None:
            return self
        programs = set(Program.objects.visible_to(user).values_list("pk", flat=True))
        of_site = self.filter(program__isnull=True).values_list("pk", "program_ids")
        told = [pk for pk, counted in of_site if programs.issuperset(counted)]
        return self.filter(Q(program__in=programs) | Q(pk__in=told))


@append_only
class Forecast(models.Model):
    """How many of the open pilots of a program, or of the whole site, were said to arrive in a quarter.

    Nobody changes it afterwards; what came is counted anew whenever somebody looks. `chances` maps the id of
    each open pilot to its chance, from 0 to 1; `constant` is the chance each would have had if pilots arrived
    at one rate whatever their age. `lives` is how many pilots it rests on, `open` how many it speaks of;
    `untold` of these were older than history reaches: one rate of all so old stood for them. `is_replayed`:
    computed after `as_of`, from what had been recorded by then.
    """

    program = models.ForeignKey(
        Program,
        null=True,
        on_delete=models.CASCADE,
        related_name="forecasts",
        help_text="Empty: the whole site.",
    )
    program_ids = models.JSONField(help_text="The programs whose pilots it rests on.")
    quarter = models.DateField(help_text="The first day of the quarter it speaks of.")
    as_of = models.DateField(help_text="The day whose record it was computed from.")
    low = models.PositiveIntegerField()
    middle = models.PositiveIntegerField()
    high = models.PositiveIntegerField()
    level = models.FloatField()
    lives = models.PositiveIntegerField()
    open = models.PositiveIntegerField()
    untold = models.PositiveIntegerField(default=0)
    seed = models.BigIntegerField()
    runs = models.PositiveIntegerField()
    method = models.CharField(max_length=40)
    chances = models.JSONField()
    constant = models.FloatField()
    is_replayed = models.BooleanField(default=False)
    made_at = models.DateTimeField()

    objects = ForecastQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "quarter"], name="forecast_once_a_program"),
            models.UniqueConstraint(
                fields=["quarter"], condition=Q(program__isnull=True), name="forecast_once_a_site"
            ),
            models.CheckConstraint(
                condition=Q(low__lte=F("middle"), middle__lte=F("high"), high__lte=F("open")),
                name="forecast_in_order",
            ),
            models.CheckConstraint(condition=Q(as_of__lt=F("quarter")), name="forecast_before_its_quarter"),
        ]

    def __str__(self) -> str:
        return f"{self.of}, {self.when}"

    @property
    def of(self) -> str:
        return self.program.name if self.program else "All programs"

    @property
    def when(self) -> Quarter:
        return Quarter(self.quarter)
