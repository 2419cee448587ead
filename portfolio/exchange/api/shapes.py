"""What the API shows of imports, and what it reads."""

from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from pilots.access.models import Program, Role, User
from pilots.access.models.program import ProgramQuerySet
from pilots.api.history import PersonSerializer, shape_person
from pilots.web.filter_fields import choices_of
from pilots.web.serializers import (
    DayField,
    PlainSerializer,
    StrictSerializer,
    TextField,
    TruthField,
    VisibleField,
    day,
    moment,
)
from portfolio.exchange.models import Import, Step, Wanted
from portfolio.exchange.report import Finding
from portfolio.exchange.waiting import waiting

LONGEST_MAPPING = 200_000
LONGEST_KEY = 400  # of a conflict: a pilot, and what it is about, up to 200 characters of it
MOST_ANSWERS = 20_000
KINDS = tuple(finding.value for finding in Finding)


def programs_to_import_into(user: User) -> ProgramQuerySet:
    """Return the programs somebody may import into, within the reach of their token."""
    if user.is_administrator:
        return Program.objects.visible_to(user)
    return Program.objects.where(user, Role.MANAGER)


class ImportSerializer(PlainSerializer):
    """A file on its way in. While `wanted` says something a worker has it, or will."""

    id = serializers.IntegerField()
    program = serializers.SlugField(allow_null=True, help_text="null: the file names its programs.")
    file_name = serializers.CharField()
    as_of = serializers.DateField(help_text="The day the file speaks of.")
    made_at = serializers.DateTimeField()
    made_by = PersonSerializer(allow_null=True, help_text="null: Headway itself.")
    step = serializers.ChoiceField(choices_of(Step))
    wanted = serializers.ChoiceField(
        [(item.value, item.value) for item in Wanted], allow_null=True, help_text="What is being done."
    )
    says = serializers.CharField(allow_null=True, help_text="How far that is, or what it waits for.")
    error = serializers.CharField(allow_null=True, help_text="Why it could not go on, and what to do.")
    mapping = serializers.DictField(help_text="How it is read: docs/mapping-file.md, as JSON.")
    data_version = serializers.CharField(
        allow_null=True, help_text="Of the preview; send it back to write what was previewed."
    )
    summary = serializers.DictField(help_text="What it would do or did, counted; empty before a preview.")
    applied_at = serializers.DateTimeField(allow_null=True)
    undone_at = serializers.DateTimeField(allow_null=True)

    def shape(self, instance: Import) -> dict[str, Any]:
        return {
            "id": instance.pk,
            "program": instance.program.slug if instance.program else None,
            "file_name": instance.file_name,
            "as_of": day(instance.as_of),
            "made_at": moment(instance.made_at),
            "made_by": shape_person(instance.made_by),
            "step": instance.step,
            "wanted": instance.wanted or None,
            "says": waiting(instance, timezone.now()) or None,
            "error": instance.last_error or None,
            "mapping": instance.mapping,
            "data_version": instance.data_version or None,
            "summary": instance.summary,
            "applied_at": moment(instance.applied_at),
            "undone_at": moment(instance.undone_at),
        }


class NewImportSerializer(StrictSerializer):
    """A file as one part of multipart/form-data, beside it what it is about."""

    file = serializers.FileField(
        max_length=1000,
        allow_empty_file=True,
        error_messages={"invalid": "This is no file."},
        help_text="CSV, XLSX or ODS, at most 50 MB.",
    )
    program = VisibleField(
        "slug",
        among=programs_to_import_into,
        noun="program",
        required=False,
        help_text="Where all rows go; left out, the file names programs, which only administrators may.",
    )
    as_of = DayField(required=False, help_text="The day the file speaks of; today if left out.")
    mapping = TextField(
        required=False,
        max_length=LONGEST_MAPPING,
        help_text="A mapping file as text; else it is known by the header, or guessed.",
    )


class MappingSerializer(StrictSerializer):
    """How the file is to be read."""

    mapping = TextField(max_length=LONGEST_MAPPING, help_text="A mapping file as text.")
    remember = TruthField(required=False, help_text="Also for the next file with this header.")


@extend_schema_field(
    {
        "type": "object",
        "additionalProperties": {"type": "string", "maxLength": LONGEST_KEY},
        "maxProperties": MOST_ANSWERS,
    }
)
class AnswersField(serializers.DictField):
    """Key of a question → answer; "" takes an answer back."""

    default_error_messages = {
        "not_a_dict": "This is not an object. Send one, with braces.",
        "too_many": "These are too many. Send at most {most}.",
        "key": "A key has at most {longest} characters.",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=TextField(max_length=LONGEST_KEY, allow_blank=True), **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and len(data) > MOST_ANSWERS:
            self.fail("too_many", most=MOST_ANSWERS)
        if isinstance(data, dict) and any(len(key) > LONGEST_KEY for key in data):
            self.fail("key", longest=LONGEST_KEY)
        return super().to_internal_value(data)


class AnswersSerializer(StrictSerializer):
    """What was decided of what only a person can decide: `findings/?kind=question` asks."""

    answers = AnswersField()


class ApplySerializer(StrictSerializer):
    """That the preview with this version is to be written."""

    data_version = TextField(max_length=64)


class ChoiceSerializer(serializers.Serializer[Any]):
    """One answer a question takes, and what it means."""

    answer = serializers.CharField()
    words = serializers.CharField()


class FindingSerializer(PlainSerializer):
    """What there is to say about one row or cell."""

    kind = serializers.ChoiceField(KINDS)
    line = serializers.IntegerField(
        allow_null=True, help_text="The line of the file, or the row of the sheet."
    )
    column = serializers.CharField(allow_null=True)
    text = serializers.CharField(allow_null=True, help_text="What stands there.")
    reason = serializers.CharField(allow_null=True)
    pilot = serializers.CharField(allow_null=True, help_text="The key of the pilot it is about.")
    name = serializers.CharField(allow_null=True)
    question = serializers.CharField(allow_null=True, help_text="The key under which it is answered.")
    here = serializers.CharField(allow_null=True, help_text="Of a conflict: what Headway says.")
    there = serializers.CharField(allow_null=True, help_text="Of a conflict: what the file says.")
    choices = ChoiceSerializer(many=True, help_text="Empty unless it is a question.")
    answer = serializers.CharField(allow_null=True)

    NAMES: ClassVar[tuple[str, ...]] = (
        "line",
        "column",
        "text",
        "reason",
        "pilot",
        "name",
        "here",
        "there",
        "answer",
    )

    def shape(self, instance: dict[str, Any]) -> dict[str, Any]:
        return {
            "kind": instance["kind"],
            **{name: instance.get(name) or None for name in self.NAMES},
            "question": instance.get("key") or None,
            "choices": [{"answer": answer, "words": words} for answer, words in instance.get("choices", ())],
        }


class UndoSerializer(PlainSerializer):
    """What undoing would do as things stand."""

    says = serializers.ListField(child=serializers.CharField(), help_text="In sentences.")
    is_blocked = serializers.BooleanField(help_text="A later import builds on it: undo that one first.")
    removed = serializers.IntegerField(help_text="Pilots it made that go.")
    restored = serializers.IntegerField(help_text="Pilots that get back what it changed.")
    stays = serializers.ListField(child=serializers.DictField(), help_text="What is not taken back, and why.")
