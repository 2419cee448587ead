"""Packs as files, their links, and the site's switch, for machines. The links' tokens are told once."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from pilots.actions.account import require_administrator
from pilots.actions.by import Refused
from pilots.web.resources import ApiView
from pilots.web.serializers import NothingSerializer, StrictSerializer, TruthField, WholeNumberField, moment
from pilots.web.tokens import by_api, caller
from portfolio.steering.access import require_to_share
from portfolio.steering.models import Pack, PackShare
from portfolio.steering.out.limits import Field
from portfolio.steering.out.pdf import NoPdf
from portfolio.steering.out.views import PPTX, pdf_response, pptx_response
from portfolio.steering.share.actions import (
    MOST_DAYS,
    USUAL_DAYS,
    NewShare,
    revoke_share,
    share_pack,
    sharing_is_on,
    switch_sharing,
)
from portfolio.steering.share.views import address_of

FIELDS = [field.value for field in Field]


class PackShareSerializer(serializers.Serializer[Any]):
    """A link that shows a pack to whoever holds it."""

    id = serializers.IntegerField()
    shows = serializers.ListField(
        child=serializers.ChoiceField(FIELDS),
        help_text="What it shows beside title, filters, counts and charts.",
    )
    made_by = serializers.CharField()
    made_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    revoked_at = serializers.DateTimeField(allow_null=True)
    opened = serializers.IntegerField(help_text="How often it was opened.")
    last_opened_at = serializers.DateTimeField(allow_null=True)


class MadeShareSerializer(PackShareSerializer):
    """A link that was just made, with its address."""

    address = serializers.URLField(help_text="Told this once: only a fingerprint of it is kept.")


class NewShareSerializer(StrictSerializer):
    """A link to make."""

    shows = serializers.ListField(
        child=serializers.ChoiceField(FIELDS), required=False, max_length=len(FIELDS)
    )
    days = WholeNumberField(min_value=1, max_value=MOST_DAYS, required=False)


class SharingSerializer(StrictSerializer):
    """Whether packs may be shared by link on this site."""

    on = TruthField()


class OfPack(ApiView):
    """What belongs to one pack; 404 for one the caller does not read."""

    pack: Pack

    def check_deed(self) -> None:
        visible = Pack.objects.visible_to(caller(self.request)).select_related("program")
        self.pack = get_object_or_404(visible, pk=self.kwargs["pk"])


class PackPdf(OfPack):
    @extend_schema(
        operation_id="steering_pack_pdf",
        summary="Take a pack as PDF",
        description="409 where this copy of Headway cannot make PDF; the answer says what is missing.",
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        try:
            return pdf_response(self.pack, by=by_api(request))
        except NoPdf as missing:
            raise Refused.because(str(missing), code="no-pdf") from missing


class PackPptx(OfPack):
    @extend_schema(
        operation_id="steering_pack_pptx",
        summary="Take a pack as PowerPoint",
        description="With native charts, whose numbers can be edited.",
        responses={(200, PPTX): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        return pptx_response(self.pack, by=by_api(request))


class OfShares(OfPack):
    def check_deed(self) -> None:
        super().check_deed()
        require_to_share(caller(self.request), self.pack)


class PackShares(OfShares):
    @extend_schema(
        operation_id="steering_pack_shares",
        summary="List the links of a pack",
        description="For those who run every program it covers. Tokens are not kept, so none is told.",
        responses=PackShareSerializer(many=True),
    )
    def get(self, request: Request, pk: int) -> Response:
        rows = PackShare.objects.filter(pack=self.pack).select_related("made_by").order_by("-made_at", "-pk")
        return Response([shape_share(row) for row in rows])

    @extend_schema(
        operation_id="steering_pack_share_create",
        summary="Share a pack by link",
        description="The answer holds the address of the link, once. 409 while sharing is switched off.",
        request=NewShareSerializer,
        responses={201: MadeShareSerializer},
        examples=[OpenApiExample("With names", request_only=True, value={"shows": ["names"], "days": 7})],
    )
    def post(self, request: Request, pk: int) -> Response:
        reading = NewShareSerializer(data=request.data)
        reading.is_valid(raise_exception=True)
        read = reading.validated_data
        fields = [Field(code) for code in read.get("shows", ())]
        new = NewShare(pack=self.pack, fields=fields, days=read.get("days", USUAL_DAYS))
        share, token = share_pack(new, by=by_api(request))
        return Response({**shape_share(share), "address": address_of(token)}, status=201)


class PackShareRevoke(OfShares):
    @extend_schema(
        operation_id="steering_pack_share_revoke",
        summary="Revoke a link",
        request=NothingSerializer,
        responses=PackShareSerializer,
    )
    def post(self, request: Request, pk: int, row: int) -> Response:
        share = get_object_or_404(PackShare, pk=row, pack=self.pack)
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        revoke_share(share, by=by_api(request))
        share.refresh_from_db()
        return Response(shape_share(share))


class SharingSwitch(ApiView):
    def check_deed(self) -> None:
        require_administrator(caller(self.request), "say whether packs may be shared by link")

    @extend_schema(
        operation_id="sharing_read", summary="Read whether packs may be shared", responses=SharingSerializer
    )
    def get(self, request: Request) -> Response:
        return Response({"on": sharing_is_on()})

    @extend_schema(
        operation_id="sharing_switch",
        summary="Switch sharing by link",
        description="For administrators. Off ends every link there is, for good.",
        request=SharingSerializer,
        responses=SharingSerializer,
    )
    def post(self, request: Request) -> Response:
        reading = SharingSerializer(data=request.data)
        reading.is_valid(raise_exception=True)
        switch_sharing(is_on=reading.validated_data["on"], by=by_api(request))
        return Response({"on": sharing_is_on()})


def shape_share(share: PackShare) -> dict[str, Any]:
    return {
        "id": share.pk,
        "shows": share.sections,
        "made_by": str(share.made_by or ""),
        "made_at": moment(share.made_at),
        "expires_at": moment(share.expires_at),
        "revoked_at": moment(share.revoked_at),
        "opened": share.opened,
        "last_opened_at": moment(share.last_opened_at),
    }
