"""Who the caller is, and how far their token reaches."""

from copy import copy
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from pilots.access.models import ApiToken, Program, User
from pilots.access.models.program import ROLE_CHOICES
from pilots.actions.account import SCOPES
from pilots.models import Pilot
from pilots.web.resources import ApiView
from pilots.web.serializers import moment
from pilots.web.tokens import caller


class MyProgramSerializer(serializers.Serializer[Any]):
    """A program the caller is a member of, within the token's reach."""

    program = serializers.SlugField()
    role = serializers.ChoiceField(ROLE_CHOICES)


class MyTokenSerializer(serializers.Serializer[Any]):
    """The token the request came with."""

    name = serializers.CharField()
    scopes = serializers.ListField(child=serializers.ChoiceField(SCOPES))
    programs = serializers.ListField(
        child=serializers.CharField(), allow_null=True, help_text="null: no limit."
    )
    pilots = serializers.ListField(
        child=serializers.CharField(), allow_null=True, help_text="null: no limit."
    )
    expires_at = serializers.DateTimeField(allow_null=True)


class MeSerializer(serializers.Serializer[Any]):
    """The caller."""

    id = serializers.IntegerField()
    email = serializers.EmailField()
    name = serializers.CharField()
    zone = serializers.CharField()
    is_executive = serializers.BooleanField()
    is_administrator = serializers.BooleanField()
    programs = MyProgramSerializer(many=True)
    token = MyTokenSerializer(allow_null=True, help_text="null: a browser session.")


class Me(ApiView):
    says_who = True

    @extend_schema(summary="Who am I?", responses=MeSerializer)
    def get(self, request: Request) -> Response:
        user = caller(request)
        reachable = Program.objects.visible_to(user).values("pk")
        memberships = user.memberships.filter(program__in=reachable).select_related("program")
        return Response(
            {
                "id": user.pk,
                "email": user.email,
                "name": user.name,
                "zone": user.zone,
                "is_executive": user.is_executive,
                "is_administrator": user.is_administrator,
                "programs": [
                    {"program": membership.program.slug, "role": membership.role}
                    for membership in memberships.order_by("program__slug")
                ],
                "token": _shape_token(request.auth, user) if isinstance(request.auth, ApiToken) else None,
            }
        )


def _shape_token(token: ApiToken, user: User) -> dict[str, Any]:
    """Return what a token is limited to; what its user may not see any longer is not named."""
    person = copy(user)
    person.reach = None  # the limits are what is shown, so none of them narrows another
    programs = Program.objects.visible_to(person).filter(pk__in=token.program_ids).order_by("slug")
    pilots = Pilot.objects.visible_to(person).filter(pk__in=token.pilot_ids).order_by("pk")
    return {
        "name": token.name,
        "scopes": token.scopes,
        "programs": list(programs.values_list("slug", flat=True)) if token.program_ids else None,
        "pilots": list(pilots.values_list("key", flat=True)) if token.pilot_ids else None,
        "expires_at": moment(token.expiry),
    }
