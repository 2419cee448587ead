from django.db import models
from django.db.models import F, Q

from kpis.models.kpi import Kpi
from kpis.money.terms import (
    Basis,
    BenefitCategory,
    Commitment,
    CostCategory,
    Finding,
    LedgerKind,
    MoneyPhase,
)
from pilots.access.models import Program, User
from pilots.models import Pilot

CATEGORY_CHOICES = [(item.value, item.label) for item in (*CostCategory, *BenefitCategory)]


class LedgerEntryQuerySet(models.QuerySet["LedgerEntry"]):
    def visible_to(self, user: User | None) -> "LedgerEntryQuerySet":
        return self if user is None else self.filter(pilot__in=Pilot.objects.visible_to(user))


class LedgerEntry(models.Model):
    """Money of a pilot over a period: spent or planned, gained or hoped for, or set aside for it.

    A benefit counts in ROI once somebody other than its author verified it. A budget's `commitment`
    is empty until somebody decided about it.
    """

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="ledger")
    kind = models.CharField(max_length=7, choices=[(item.value, item.label) for item in LedgerKind])
    category = models.CharField(max_length=12, blank=True, choices=CATEGORY_CHOICES)
    phase = models.CharField(max_length=10, choices=[(item.value, item.label) for item in MoneyPhase])
    basis = models.CharField(max_length=7, choices=[(item.value, item.label) for item in Basis])
    amount = models.DecimalField(max_digits=17, decimal_places=2)
    currency = models.CharField(max_length=3)
    period_from = models.DateField()
    period_to = models.DateField()
    note = models.CharField(max_length=500, blank=True)
    kpi = models.ForeignKey(Kpi, null=True, blank=True, on_delete=models.SET_NULL, related_name="ledger")
    commitment = models.CharField(
        max_length=10, blank=True, choices=[(item.value, item.label) for item in Commitment]
    )
    decided_on = models.DateField(null=True, blank=True)
    decided_by = models.CharField(max_length=200, blank=True, help_text="Who decided about the budget.")
    decided_because = models.CharField(max_length=500, blank=True)
    finding = models.CharField(
        max_length=8, blank=True, choices=[(item.value, item.label) for item in Finding]
    )
    checked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    checked_on = models.DateField(null=True, blank=True)
    checked_note = models.CharField(max_length=500, blank=True)
    entered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    objects = LedgerEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "ledger entries"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=LedgerKind.COST.value, category__in=[item.value for item in CostCategory])
                | Q(kind=LedgerKind.BENEFIT.value, category__in=[item.value for item in BenefitCategory])
                | Q(kind=LedgerKind.BUDGET.value, category=""),
                name="ledger_kind_and_category",
            ),
            models.CheckConstraint(
                condition=Q(phase__in=[item.value for item in MoneyPhase]), name="ledger_phase_known"
            ),
            models.CheckConstraint(
                condition=Q(basis=Basis.PLANNED.value)
                | Q(basis=Basis.ACTUAL.value) & ~Q(kind=LedgerKind.BUDGET.value),
                name="ledger_basis_known",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="ledger_amount_not_negative"),
            models.CheckConstraint(condition=~Q(currency=""), name="ledger_has_currency"),
            models.CheckConstraint(
                condition=Q(period_to__gte=F("period_from")), name="ledger_period_in_order"
            ),
            models.CheckConstraint(
                condition=Q(commitment="", decided_on__isnull=True)
                | Q(
                    kind=LedgerKind.BUDGET.value,
                    commitment__in=[item.value for item in Commitment],
                    decided_on__isnull=False,
                ),
                name="ledger_commitment_of_budget",
            ),
            models.CheckConstraint(
                condition=Q(finding="", checked_on__isnull=True)
                | Q(
                    kind=LedgerKind.BENEFIT.value,
                    basis=Basis.ACTUAL.value,
                    finding__in=[item.value for item in Finding],
                    checked_on__isnull=False,
                ),
                name="ledger_finding_of_benefit",
            ),
        ]
        indexes = [models.Index(fields=["pilot", "kind", "basis"], name="ledger_of_pilot")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.pilot_id}: {self.amount} {self.currency}"


class ProgramMoney(models.Model):
    """The currency in which a program adds up."""

    program = models.OneToOneField(Program, on_delete=models.CASCADE, related_name="money")
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(currency=""), name="program_has_currency")]

    def __str__(self) -> str:
        return f"{self.currency} of {self.program_id}"


class Rate(models.Model):
    """What one unit of a currency is worth in the program's, from a day on, as somebody entered it."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="rates")
    currency = models.CharField(max_length=3)
    rate = models.DecimalField(max_digits=16, decimal_places=8)
    since = models.DateField()
    note = models.CharField(max_length=200, blank=True, help_text="Where it is from.")
    entered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "currency", "since"], name="rate_once"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="rate_positive"),
            models.CheckConstraint(condition=~Q(currency=""), name="rate_has_currency"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} since {self.since}"
