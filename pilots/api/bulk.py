"""Several pilots changed at once, and that undone."""

import uuid
from collections.abc import Collection, Mapping
from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from pilots.actions.bulk import MOST, Bulk, change_many
from pilots.actions.bulk_asks import Asked, PutOnHold, SetOwner, SetTags, SetValues, foresee
from pilots.actions.bulk_undo import Undo, require_reach, undo_many
from pilots.actions.by import Refused
from pilots.api.custom_values import ValuesField
from pilots.api.pilot_shapes import ContactField, HoldPilotSerializer
from pilots.models import BulkEdit, Pilot
from pilots.web.resources import ApiView
from pilots.web.serializers import (
    DayField,
    NullableText,
    StrictSerializer,
    TextField,
    TextsField,
    TruthField,
    WholeNumberField,
    moment,
)
from pilots.web.tokens import by_api, caller

LONGEST_KEY, LONGEST_TAG, MOST_TAGS = 20, 60, 50
MOST_NAMED = 10  # keys in one sentence
KINDS = {"owner": "owner", "add_tags": "tags", "remove_tags": "tags", "hold": "hold", "reason": "reason"}


class SetSerializer(StrictSerializer):
    """What changes of all of them: owner, tags, hold, or values. One of these four at a time."""

    owner = ContactField(required=False, help_text="Who brings them into production. Not mailed.")
    reason = TextField(
        max_length=500, required=False, help_text="With owner: why somebody who is accountable is replaced."
    )
    add_tags = TextsField(longest=LONGEST_TAG, max_length=MOST_TAGS, required=False)
    remove_tags = TextsField(longest=LONGEST_TAG, max_length=MOST_TAGS, required=False)
    hold = HoldPilotSerializer(required=False)
    unit = NullableText(max_length=200, required=False)
    decide_by = DayField(required=False, allow_null=True)
    custom = ValuesField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        kinds = {KINDS.get(name, "values") for name in attrs}
        if kinds == {"owner", "reason"}:
            return attrs
        if len(kinds) != 1:
            sentence = "Send one of owner, tags, hold or values." if kinds else "Say what is to change."
            raise ValidationError(sentence, code="one-kind")
        return attrs


class BulkSerializer(StrictSerializer):
    """Which pilots, and what changes of them. With `leave_out`, those that may not be changed stay."""

    keys = TextsField(longest=LONGEST_KEY, max_length=MOST, help_text="Keys of pilots.")
    set = SetSerializer()
    versions = serializers.DictField(
        child=WholeNumberField(min_value=1),
        required=False,
        help_text="The version read of each, by its key; another one now refuses the whole.",
    )
    leave_out = TruthField(required=False)


class BulkUndoSerializer(StrictSerializer):
    """With `leave_out`, pilots that were changed since stay as they are; else they refuse the whole."""

    leave_out = TruthField(required=False)


class BulkEditSerializer(serializers.Serializer[Any]):
    """One change of several pilots."""

    id = serializers.UUIDField()
    what = serializers.CharField()
    made_at = serializers.DateTimeField()
    undone_at = serializers.DateTimeField(allow_null=True)
    keys = serializers.ListField(child=serializers.CharField(), help_text="Those that changed.")
    left_out = serializers.ListField(child=serializers.CharField())


def _seen(request: Request, edit: BulkEdit) -> set[str]:
    visible = Pilot.objects.visible_to(caller(request))
    return set(visible.filter(pk__in=[step["pilot"] for step in edit.steps]).values_list("key", flat=True))


def _shape(edit: BulkEdit, left_out: list[str], seen: Collection[str]) -> dict[str, Any]:
    """Return a change as the API shows it; `seen` are the keys the caller sees, and only these are named."""
    gone = set(left_out)
    return {
        "id": str(edit.pk),
        "what": edit.what,
        "made_at": moment(edit.made_at),
        "undone_at": moment(edit.undone_at),
        "keys": [step["key"] for step in edit.steps if step["key"] in seen and step["key"] not in gone],
        "left_out": [key for key in left_out if key in seen],
    }


class PilotsBulk(ApiView):
    """Where several pilots change at once."""

    @extend_schema(
        operation_id="pilots_bulk",
        summary="Change several pilots",
        description=f"All or none, at most {MOST}. A refusal (409) names each that may not be changed.",
        request=BulkSerializer,
        responses={201: BulkEditSerializer},
        examples=[
            OpenApiExample(
                "Tags",
                request_only=True,
                value={"keys": ["CLM-1", "CLM-2"], "set": {"add_tags": ["steering"]}},
            )
        ],
    )
    def post(self, request: Request) -> Response:
        serializer = BulkSerializer(data=request.data, context={"request": request})
        serializer.is_valid(raise_exception=True)
        values, by = serializer.validated_data, by_api(request)
        pilots, asked = _pilots(request, values["keys"]), _asked(values["set"])
        versions = {
            pilot.pk: values["versions"][pilot.key]
            for pilot in pilots
            if pilot.key in values.get("versions", {})
        }
        left_out: list[str] = []
        if values.get("leave_out") and pilots:
            foreseen = foresee(pilots, asked, by=by)
            unfit = [pilot for pilot, _ in foreseen.refused]
            unfit += [pilot for pilot in pilots if versions.get(pilot.pk, pilot.version) != pilot.version]
            left_out = sorted({pilot.key for pilot in unfit})
            pilots = [pilot for pilot in pilots if pilot.key not in left_out]
        edit = change_many(Bulk(pilots=pilots, asked=asked, versions=versions), by=by)
        changed = [step["key"] for step in edit.steps]
        return Response(_shape(edit, left_out, {*changed, *left_out}), status=201)


class BulkEditUndo(ApiView):
    """Where a change of several pilots is undone."""

    def check_deed(self) -> None:
        _find(self.request, self.kwargs["edit"])

    @extend_schema(
        operation_id="bulk_edits_undo",
        summary="Undo a change of several pilots",
        description="One's own. What was there before is put back, with events of its own.",
        request=BulkUndoSerializer,
        responses=BulkEditSerializer,
    )
    def post(self, request: Request, edit: uuid.UUID) -> Response:
        found = _find(request, edit)
        serializer = BulkUndoSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        leaving_out = serializer.validated_data.get("leave_out", False)
        back = undo_many(Undo(edit=found, leaving_out=leaving_out), by=by_api(request))
        found.refresh_from_db()
        kept = {pilot.key for pilot in back}
        left_out = [step["key"] for step in found.steps if step["key"] not in kept]
        return Response(_shape(found, left_out, _seen(request, found)))


def _find(request: Request, edit: uuid.UUID) -> BulkEdit:
    """Return a change the caller made; one whose pilots a limited token does not all reach is refused."""
    user = caller(request)
    found = BulkEdit.objects.filter(pk=edit, made_by=user).first()
    if found is None:
        raise Http404
    visible = Pilot.objects.visible_to(user).filter(pk__in=[step["pilot"] for step in found.steps])
    if user.reach is not None and not visible.exists():
        raise Http404
    require_reach(found, user)
    return found


def _pilots(request: Request, keys: list[str]) -> list[Pilot]:
    """Return the pilots of these keys; refuse keys behind which the caller sees none, by name."""
    wanted = dict.fromkeys(key.upper() for key in keys)
    visible = Pilot.objects.visible_to(caller(request)).select_related("program")
    found = {
        pilot.key: pilot for pilot in visible.filter(key__in=[key for key in wanted if "\x00" not in key])
    }
    missing = [key for key in wanted if key not in found]
    if missing:
        named = ", ".join(key[:LONGEST_KEY] for key in missing[:MOST_NAMED])
        raise Refused.because(f"There is no pilot {named} that you can see.", field="keys", code="unknown")
    return [found[key] for key in wanted]


def _asked(values: Mapping[str, Any]) -> Asked:
    if "owner" in values:
        return SetOwner(contact=values["owner"], reason=values.get("reason", ""))
    if "hold" in values:
        return PutOnHold(**values["hold"])
    if "add_tags" in values or "remove_tags" in values:
        return SetTags(add=tuple(values.get("add_tags", ())), remove=tuple(values.get("remove_tags", ())))
    plain = {name: values[name] for name in ("unit", "decide_by") if name in values}
    return SetValues(plain=plain, custom=values.get("custom", {}))
