"""The playbook of a program: what it asks of its pilots, and who passes a gate."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from pilots.access.models import Program
from pilots.access.permissions import Deed, relation_to_program
from pilots.access.roles import OwnerRole
from pilots.actions.change import require
from pilots.actions.playbook import (
    APPROVERS,
    LONGEST,
    GateEdit,
    NewRequirement,
    RequirementEdit,
    add_requirement,
    edit_requirement,
    restore_requirement,
    set_gate,
)
from pilots.api import codes
from pilots.models import Approving
from pilots.models.ownership import OWNER_ROLE_CHOICES
from pilots.playbook import EvidenceKind, Gate, PhaseCode
from pilots.web.playbook import Asked, GateAsked, read_book
from pilots.web.resources import ApiView
from pilots.web.serializers import (
    CodeField,
    NothingSerializer,
    NullableText,
    StrictSerializer,
    TextField,
    TruthField,
)
from pilots.web.tokens import by_api, caller

# --- What goes out -----------------------------------------------------------------


class AskedSerializer(serializers.Serializer[Any]):
    """One requirement as the program has it."""

    code = serializers.SlugField()
    title = serializers.CharField()
    area = serializers.ChoiceField(codes.AREA)
    gate = serializers.ChoiceField(codes.GATE, allow_null=True)
    phase = serializers.ChoiceField(codes.PHASE_CODE, allow_null=True)
    kinds = serializers.ListField(
        child=serializers.ChoiceField(codes.EVIDENCE_KIND),
        help_text="What shows it; none where the record itself tells.",
    )
    missing = serializers.CharField(help_text="What a refusal says.")
    next_action = serializers.CharField()
    unblockers = serializers.ListField(child=serializers.ChoiceField(OWNER_ROLE_CHOICES))
    source = serializers.CharField(allow_null=True, help_text="null: the program's own.")  # type: ignore[assignment]  # a field
    is_used = serializers.BooleanField(help_text="false: this program does not ask for it.")
    is_changed = serializers.BooleanField(help_text="Whether it differs from the playbook as it comes.")


class GateAskedSerializer(serializers.Serializer[Any]):
    """How the program passes a gate."""

    gate = serializers.ChoiceField(codes.GATE)
    name = serializers.CharField()
    approving = serializers.ChoiceField(Approving.choices)
    roles = serializers.ListField(child=serializers.ChoiceField(OWNER_ROLE_CHOICES))
    before_go_live = serializers.BooleanField(help_text="G7 and G8 only.")


class BookSerializer(serializers.Serializer[Any]):
    """All that a program asks of its pilots."""

    gates = GateAskedSerializer(many=True)
    requirements = AskedSerializer(many=True)


def shape_asked(asked: Asked) -> dict[str, Any]:
    known = asked.requirement
    return {
        "code": known.code,
        "title": known.title,
        "area": known.area.value,
        "gate": known.gate.value if known.gate else None,
        "phase": known.phase.value if known.phase else None,
        "kinds": [kind.value for kind in asked.kinds],
        "missing": known.missing,
        "next_action": known.next_action,
        "unblockers": [role.value for role in known.unblockers],
        "source": None if asked.is_own else known.source,
        "is_used": asked.is_used,
        "is_changed": asked.is_changed,
    }


def shape_gate(row: GateAsked) -> dict[str, Any]:
    return {
        "gate": row.gate.value,
        "name": row.gate.label,
        "approving": row.approving.value,
        "roles": [role.value for role in row.roles],
        "before_go_live": row.before_go_live,
    }


# --- What comes in -----------------------------------------------------------------


def _codes(codes: Any, **options: Any) -> serializers.ListField:
    return serializers.ListField(child=CodeField(codes), max_length=20, **options)


class _RequirementSerializer(StrictSerializer):
    """The parts of a requirement somebody can write."""

    gate = CodeField(Gate, required=False, allow_null=True)
    phase = CodeField(PhaseCode, required=False, allow_null=True)
    missing = NullableText(max_length=LONGEST["missing"], required=False)
    next_action = NullableText(max_length=LONGEST["next_action"], required=False)
    unblocker = CodeField(OwnerRole, required=False, allow_null=True)


class NewRequirementSerializer(_RequirementSerializer):
    """A requirement of the program's own, shown by evidence."""

    title = TextField(max_length=LONGEST["title"])
    kinds = _codes(EvidenceKind, help_text="What shows it. A demo never counts.")


class RequirementEditSerializer(_RequirementSerializer):
    """What is new of a requirement; empty words are those of the playbook."""

    title = NullableText(max_length=LONGEST["title"], required=False)
    kinds = _codes(EvidenceKind, required=False, help_text="Of the program's own ones only.")
    is_used = TruthField(required=False)


class GateEditSerializer(StrictSerializer):
    """What is new of a gate."""

    approving = CodeField(Approving, required=False)
    roles = serializers.ListField(
        child=CodeField(OwnerRole),
        required=False,
        max_length=len(OwnerRole),
        help_text=f"Of {', '.join(role.value for role in APPROVERS)}.",
    )
    before_go_live = TruthField(required=False)


# --- Addresses ---------------------------------------------------------------------


class _OfProgram(ApiView):
    """Something of one program; whoever sees the program reads it, whoever sets it up writes it."""

    def check_deed(self) -> None:
        user = caller(self.request)
        visible = Program.objects.visible_to(user)
        self.program = get_object_or_404(visible, slug=self.kwargs["slug"])
        if self.request.method not in {"GET", "HEAD"}:
            require(Deed.CONFIGURE, relation_to_program(user, self.program))

    def read(self, serializer: type[StrictSerializer], request: Request) -> dict[str, Any]:
        reading = serializer(data=request.data)
        reading.is_valid(raise_exception=True)
        values: dict[str, Any] = reading.validated_data
        return values


class PlaybookView(_OfProgram):
    @extend_schema(
        operation_id="playbook_retrieve",
        summary="Read the playbook of a program",
        description="Every requirement, switched-off ones too, and how each gate is passed.",
        responses=BookSerializer,
    )
    def get(self, request: Request, slug: str) -> Response:
        book = read_book(self.program)
        return Response(
            {
                "gates": [shape_gate(row) for row in book.gates],
                "requirements": [shape_asked(asked) for asked in book.every],
            }
        )

    @extend_schema(
        operation_id="playbook_requirement_create",
        summary="Add a requirement of the program's own",
        description="For managers of the program and administrators.",
        request=NewRequirementSerializer,
        responses={201: AskedSerializer},
        examples=[
            OpenApiExample(
                "A penetration test",
                request_only=True,
                value={
                    "title": "Penetration test passed",
                    "gate": "G7",
                    "kinds": ["document"],
                    "unblocker": "security",
                },
            )
        ],
    )
    def post(self, request: Request, slug: str) -> Response:
        values = self.read(NewRequirementSerializer, request)
        kinds = frozenset(values.pop("kinds"))
        entry = add_requirement(
            NewRequirement(program=self.program, kinds=kinds, **values), by=by_api(request)
        )
        return _shown(self.program, entry.code, status=201)


class PlaybookRequirementView(_OfProgram):
    @extend_schema(
        operation_id="playbook_requirement_edit",
        summary="Change some of a requirement",
        description="Of those of the playbook its words, and whether it is asked for at all.",
        request=RequirementEditSerializer,
        responses=AskedSerializer,
        examples=[OpenApiExample("Switched off", request_only=True, value={"is_used": False})],
    )
    def patch(self, request: Request, slug: str, code: str) -> Response:
        _find(self.program, code)
        values = self.read(RequirementEditSerializer, request)
        edit_requirement(RequirementEdit(program=self.program, code=code, fields=values), by=by_api(request))
        return _shown(self.program, code)


class PlaybookRestoreView(_OfProgram):
    @extend_schema(
        operation_id="playbook_requirement_restore",
        summary="Let a requirement be as the playbook has it",
        description="One of the program's own is asked for again.",
        request=NothingSerializer,
        responses=AskedSerializer,
    )
    def post(self, request: Request, slug: str, code: str) -> Response:
        _find(self.program, code)
        self.read(NothingSerializer, request)
        restore_requirement(self.program, code, by=by_api(request))
        return _shown(self.program, code)


class PlaybookGateView(_OfProgram):
    @extend_schema(
        operation_id="playbook_gate_edit",
        summary="Say how a gate is passed",
        description="Approvals that were given stay; what counts is asked anew each time.",
        request=GateEditSerializer,
        responses=GateAskedSerializer,
        examples=[
            OpenApiExample(
                "Both",
                request_only=True,
                value={"approving": "all", "roles": ["legal", "security"]},
            )
        ],
    )
    def patch(self, request: Request, slug: str, gate: str) -> Response:
        if gate not in list(Gate):
            raise Http404
        row = read_book(self.program).gate(Gate(gate))
        values = self.read(GateEditSerializer, request)
        edit = GateEdit(
            program=self.program,
            gate=row.gate,
            approving=values.get("approving", row.approving),
            roles=frozenset(values.get("roles", row.roles)),
            before_go_live=values.get("before_go_live", row.before_go_live),
        )
        set_gate(edit, by=by_api(request))
        return Response(shape_gate(read_book(self.program).gate(row.gate)))


def _shown(program: Program, code: str, *, status: int = 200) -> Response:
    return Response(shape_asked(_find(program, code)), status=status)


def _find(program: Program, code: str) -> Asked:
    asked = read_book(program).get(code)
    if asked is None:
        raise Http404
    return asked
