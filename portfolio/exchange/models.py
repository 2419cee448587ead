"""Imports as rows: a file somebody brought, how it is to be read, what it would do, did, and took back."""

import uuid
from datetime import datetime
from enum import StrEnum

from django.db import models
from django.db.models import Q
from django.urls import reverse

from pilots.access.models import Program, Role, User
from pilots.models import Pilot

ATTEMPTS = 3  # an import that ended its worker so often is given back to the person


class Step(StrEnum):
    """How far an import came."""

    CHOOSING = "choosing"
    PREVIEWED = "previewed"
    APPLIED = "applied"
    UNDONE = "undone"
    DROPPED = "dropped"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Step.CHOOSING: "Not finished",
    Step.PREVIEWED: "Waiting for you",
    Step.APPLIED: "Imported",
    Step.UNDONE: "Undone",
    Step.DROPPED: "Given up",
}


class Wanted(StrEnum):
    """What the worker is asked to do next; blank on an import means nothing."""

    PREVIEW = "preview"
    APPLY = "apply"
    UNDO = "undo"


class ImportQuerySet(models.QuerySet["Import"]):
    def visible_to(self, user: User) -> "ImportQuerySet":
        """Return the imports into programs a person manages; for administrators also their own.

        A file may name confidential pilots, so executives and other administrators do not read it. What
        this machine itself imported from a file that names its programs is for every administrator. Within
        a token's limits only imports into a program it reaches are there; a token of single pilots has none.
        """
        found = Q(program__in=Program.objects.where(user, Role.MANAGER))
        if user.is_administrator:
            found |= Q(made_by=user) | Q(made_by__isnull=True, program__isnull=True)
        if user.reach is not None:
            found &= Q(program__in=Program.objects.visible_to(user))
        return self.filter(found)

    def without_table(self) -> "ImportQuerySet":
        """Leave the table and the report where they are until somebody asks; saving leaves them too."""
        return self.defer("packed", "details")

    def light(self) -> "ImportQuerySet":
        """Leave the heavy columns where they are; nothing that is listed shows them."""
        return self.defer("packed", "details", "answers")

    def free(self, at: datetime) -> "ImportQuerySet":
        """Keep those that want something and that no worker has in hand, or whose worker died."""
        return self.exclude(wanted="").filter(Q(lease_until__isnull=True) | Q(lease_until__lte=at))

    def in_hand(self, at: datetime) -> "ImportQuerySet":
        return self.exclude(wanted="").filter(lease_token__isnull=False, lease_until__gt=at)


class Import(models.Model):
    """One file on its way in. `program` is empty when the file itself names programs.

    `packed` is the table as it was read (`workbook.pack`), never the file itself, and is emptied some days
    after the end. `mapping` has the shape of a mapping file, `answers` maps a question's key to the decision.
    `data_version` is the digest of the plan that was previewed and of what it rests on. `details` is the
    packed list of what there is to say about rows and cells.
    """

    program = models.ForeignKey(Program, null=True, on_delete=models.PROTECT, related_name="imports")
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    batch = models.UUIDField(default=uuid.uuid4, unique=True, help_text="Marks the events of this import.")
    file_name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the file.")
    packed = models.BinaryField(null=True)
    as_of = models.DateField(help_text="The day the file speaks of.")
    mapping = models.JSONField(default=dict)
    answers = models.JSONField(default=dict)

    step = models.CharField(
        max_length=10, default=Step.CHOOSING.value, choices=[(step.value, step.label) for step in Step]
    )
    wanted = models.CharField(
        max_length=8, blank=True, default="", choices=[(wanted.value, wanted.value) for wanted in Wanted]
    )
    asked_by = models.ForeignKey(
        User,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The worker acts for them.",
    )
    asked_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    progress = models.CharField(max_length=200, blank=True, default="")
    last_error = models.TextField(blank=True, default="", help_text="A sentence for the person who imports.")

    data_version = models.CharField(max_length=64, blank=True, default="")
    summary = models.JSONField(default=dict)
    details = models.BinaryField(null=True)
    made = models.JSONField(default=dict, help_text="Ids of the programs and contacts it made.")
    applied_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    objects = ImportQuerySet.as_manager()

    class Meta:
        ordering = ("-made_at", "-pk")
        indexes = [models.Index(fields=["wanted", "asked_at"], name="import_wanted")]
        constraints = [
            models.CheckConstraint(
                condition=Q(step__in=[step.value for step in Step]), name="import_step_known"
            ),
            models.CheckConstraint(
                condition=Q(wanted__in=["", *[wanted.value for wanted in Wanted]]), name="import_wanted_known"
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    def get_absolute_url(self) -> str:
        return reverse("exchange:import_detail", args=[self.pk])

    @property
    def register(self) -> str:
        """Return the name under which its rows are remembered; a chosen program has a register of its own."""
        name = str(self.mapping.get("register", ""))
        return f"{name}@{self.program.prefix}" if self.program else name

    @property
    def at_step(self) -> Step:
        return Step(self.step)


class ImportedPilot(models.Model):
    """What an import wrote of one pilot, so that it can be taken back.

    `written` maps a key to [before, after], as `applying.Written.fields` says; `entry_before` holds
    the register's entry as it was, or None where there was none.
    """

    of_import = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="pilots")
    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="+")
    line = models.PositiveIntegerField()
    is_new = models.BooleanField()
    written = models.JSONField(default=dict)
    entry_before = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["of_import", "pilot"], name="imported_pilot_once"),
        ]

    def __str__(self) -> str:
        return f"{self.pilot_id} by import {self.of_import_id}"


class SavedMapping(models.Model):
    """How a program's files are read, known again by their header; without a program, files naming theirs."""

    program = models.ForeignKey(Program, null=True, on_delete=models.CASCADE, related_name="saved_mappings")
    header = models.CharField(max_length=64, help_text="Digest of the header, folded and in order.")
    title = models.CharField(max_length=200)
    mapping = models.JSONField()
    saved_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "header"], name="saved_mapping_once"),
            models.UniqueConstraint(
                fields=["header"], condition=Q(program__isnull=True), name="saved_mapping_of_all_once"
            ),
        ]

    def __str__(self) -> str:
        return self.title
