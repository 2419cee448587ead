"""The templates that plans of a program are made from."""

import re
from dataclasses import replace
from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from pilots.access.models import Program
from pilots.actions.by import Refused
from pilots.actions.milestone_rules import LONGEST_TITLE
from pilots.actions.plan_template import (
    LONGEST_LABEL,
    TemplateEdit,
    restore_template,
    set_template,
)
from pilots.api import codes
from pilots.api.program_settings import OfProgram
from pilots.plans import PhaseShape, PlannedMilestone, PlanShape, Template, as_data
from pilots.playbook import PhaseCode
from pilots.shapes import shapes_of
from pilots.templates import TEMPLATES
from pilots.web.serializers import (
    CodeField,
    NothingSerializer,
    StrictSerializer,
    TextField,
    TruthField,
    WholeNumberField,
)
from pilots.web.tokens import by_api


class ShownMilestoneSerializer(serializers.Serializer[Any]):
    """Something to have by a day of the plan."""

    title = serializers.CharField()
    day = serializers.IntegerField()
    is_required = serializers.BooleanField()


class ShownPhaseSerializer(serializers.Serializer[Any]):
    """A stretch of a template up to its last day."""

    code = serializers.ChoiceField(codes.PHASE_CODE, allow_null=True)
    title = serializers.CharField()
    last_day = serializers.IntegerField()
    milestones = ShownMilestoneSerializer(many=True)


class ShapedTemplateSerializer(serializers.Serializer[Any]):
    """A template as the program has it."""

    code = serializers.ChoiceField(codes.PLAN_TEMPLATE)
    label = serializers.CharField()  # type: ignore[assignment]  # a field, not the property
    is_changed = serializers.BooleanField(help_text="Whether the program shaped it.")
    phases = ShownPhaseSerializer(many=True)


class TemplateMilestoneSerializer(StrictSerializer):
    """A milestone of a phase, on a day of the plan that lies in it."""

    title = TextField(max_length=LONGEST_TITLE)
    day = WholeNumberField(min_value=1)
    is_required = TruthField(required=False)


class TemplatePhaseSerializer(StrictSerializer):
    """A phase, up to its last day; the days rise from phase to phase."""

    code = CodeField(PhaseCode, required=False, allow_null=True)
    title = TextField(max_length=LONGEST_LABEL)
    last_day = WholeNumberField(min_value=1)
    milestones = TemplateMilestoneSerializer(many=True, required=False)


class TemplateEditSerializer(StrictSerializer):
    """How a template is to be from now on; plans that are made already stay."""

    label = TextField(max_length=LONGEST_LABEL)  # type: ignore[assignment]  # a field, not the property
    phases = TemplatePhaseSerializer(many=True)


def shape_template(program: Program, template: Template) -> dict[str, Any]:
    shape = shapes_of(program)[template]
    phases = [{**phase, "code": phase["code"] or None} for phase in as_data(shape)]
    return {
        "code": template.value,
        "label": shape.label,
        "is_changed": shape != TEMPLATES[template],
        "phases": phases,
    }


class PlanTemplatesView(OfProgram):
    @extend_schema(
        operation_id="plan_template_list",
        summary="List the plan templates of a program",
        responses=ShapedTemplateSerializer(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:
        return Response([shape_template(self.program, template) for template in Template])


class PlanTemplateView(OfProgram):
    @extend_schema(
        operation_id="plan_template_edit",
        summary="Shape a plan template",
        description="For managers of the program and administrators. Plans that are made already stay.",
        request=TemplateEditSerializer,
        responses=ShapedTemplateSerializer,
        examples=[
            OpenApiExample(
                "Two phases",
                request_only=True,
                value={
                    "label": "Bought tool, 30 days",
                    "phases": [
                        {
                            "code": "scope",
                            "title": "Scope and define",
                            "last_day": 10,
                            "milestones": [{"title": "The vendor is chosen", "day": 8, "is_required": True}],
                        },
                        {"code": "ship", "title": "Ship and measure", "last_day": 30},
                    ],
                },
            )
        ],
    )
    def put(self, request: Request, slug: str, code: str) -> Response:
        template = _template(code)
        values = self.read(TemplateEditSerializer, request)
        shape = PlanShape(values["label"], tuple(_phase(phase) for phase in values["phases"]))
        try:
            set_template(
                TemplateEdit(program=self.program, template=template, shape=shape), by=by_api(request)
            )
        except Refused as refused:
            raise Refused(replace(reason, field=_place(reason.field)) for reason in refused.reasons) from None
        return Response(shape_template(self.program, template))


class PlanTemplateRestoreView(OfProgram):
    @extend_schema(
        operation_id="plan_template_restore",
        summary="Let a plan template be as it comes",
        request=NothingSerializer,
        responses=ShapedTemplateSerializer,
    )
    def post(self, request: Request, slug: str, code: str) -> Response:
        template = _template(code)
        self.read(NothingSerializer, request)
        restore_template(self.program, template, by=by_api(request))
        return Response(shape_template(self.program, template))


def _place(field: str) -> str:
    """Return where a fault stands in what was sent: a form has a field for each part of each phase."""
    match = re.fullmatch(r"phase_(\d+)_(\w+)", field)
    return f"phases/{int(match[1]) - 1}/{match[2]}" if match else field


def _phase(values: dict[str, Any]) -> PhaseShape:
    return PhaseShape(
        values.get("code"),
        values["title"],
        values["last_day"],
        tuple(
            PlannedMilestone(item["title"], item["day"], item.get("is_required", False))
            for item in values.get("milestones", ())
        ),
    )


def _template(code: str) -> Template:
    if code not in list(Template):
        raise Http404
    return Template(code)
