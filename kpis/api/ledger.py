"""The ledger: what pilots cost, bring and may spend, who checked it, and what was decided."""

from collections.abc import Mapping
from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from kpis.actions.ledger import (
    BudgetDecision,
    Check,
    EntriesRefused,
    EntryEdit,
    NewEntry,
    RemoveEntry,
    add_entries,
    add_entry,
    check_benefit,
    decide_budget,
    edit_entry,
    remove_entry,
)
from kpis.api import codes
from kpis.api.ledger_shapes import (
    CheckSerializer,
    DecideBudgetSerializer,
    EntryEditSerializer,
    LedgerEntriesSerializer,
    LedgerEntrySerializer,
    NewEntriesSerializer,
    NewEntrySerializer,
)
from kpis.api.money_shapes import PilotMoneySerializer, shape_money
from kpis.api.reading_fields import find_kpis, unseen
from kpis.models import LedgerEntry
from kpis.money.read import money_of
from pilots.access.permissions import Deed
from pilots.actions.by import Reason, Refused
from pilots.models import Pilot
from pilots.web.etags import etag, read_version
from pilots.web.filter_fields import CodeFilter, DayFilter, SlugFilter
from pilots.web.pilot_filters import pilots_in_reach, programs_in_reach
from pilots.web.resources import ApiView, ReadResource
from pilots.web.tokens import by_api, caller

COST = {
    "pilot": "CLM-12",
    "kind": "cost",
    "category": "compute",
    "phase": "pilot",
    "basis": "actual",
    "amount": "4200.00",
    "currency": "EUR",
    "period_from": "2026-10-01",
    "period_to": "2026-10-31",
}


class LedgerFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # django-filter is untyped
    pilot = SlugFilter(label="Pilot", visible=pilots_in_reach, noun="pilot", to_field_name="key")
    program = SlugFilter(
        label="Program",
        field_name="pilot__program",
        visible=programs_in_reach,
        noun="program",
        to_field_name="slug",
    )
    kind = CodeFilter(label="Kind", choices=codes.LEDGER_KIND)
    category = CodeFilter(label="Category", choices=codes.MONEY_CATEGORY)
    phase = CodeFilter(label="Phase", choices=codes.MONEY_PHASE)
    basis = CodeFilter(label="Planned or actual", choices=codes.BASIS)
    finding = CodeFilter(
        label="Finding", choices=[*codes.FINDING, ("unchecked", "Not checked")], method="found"
    )
    commitment = CodeFilter(
        label="Commitment", choices=[*codes.COMMITMENT, ("undecided", "Not decided")], method="decided"
    )
    currency = django_filters.CharFilter(label="Currency", max_length=3, lookup_expr="iexact")
    from_day = DayFilter(label="Ends on or after", field_name="period_to", lookup_expr="gte")
    to_day = DayFilter(label="Begins on or before", field_name="period_from", lookup_expr="lte")

    def found(self, rows: QuerySet[LedgerEntry], name: str, code: str) -> QuerySet[LedgerEntry]:
        """Keep actual benefits of a finding."""
        claimed = rows.filter(kind="benefit", basis="actual")
        return claimed.filter(finding="" if code == "unchecked" else code)

    def decided(self, rows: QuerySet[LedgerEntry], name: str, code: str) -> QuerySet[LedgerEntry]:
        """Keep budgets of a commitment."""
        return rows.filter(kind="budget", commitment="" if code == "undecided" else code)


@extend_schema_view(
    list=extend_schema(
        summary="List entries of ledgers",
        description="Of visible pilots. `from_day` and `to_day` keep what touches those days.",
    ),
)
class LedgerResource(ReadResource):
    deeds: ClassVar[dict[str, tuple[Deed, ...]]] = {
        "partial_update": (Deed.ENTER_MONEY,),
        "destroy": (Deed.ENTER_MONEY,),
        "check": (Deed.CHECK_BENEFIT,),
        "decide": (Deed.CONCLUDE,),
    }
    filterset_class = LedgerFilterSet
    orderings: ClassVar[dict[str, str]] = {
        "id": "pk",
        "period_from": "period_from",
        "entered_at": "entered_at",
    }
    queryset = LedgerEntry.objects.none()
    serializer_class = LedgerEntrySerializer
    has_versions = True
    http_method_names = ["get", "head", "post", "patch", "delete"]

    def queryset_for(self, request: Request) -> QuerySet[LedgerEntry]:
        rows = LedgerEntry.objects.visible_to(caller(request))
        return rows.select_related("pilot__program", "kpi", "checked_by", "entered_by")

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        by_action = {"create": NewEntrySerializer, "partial_update": EntryEditSerializer}
        return by_action.get(self.action) or super().get_serializer_class()

    @extend_schema(summary="Read an entry", description="The ETag is that of its pilot.")
    def retrieve(self, request: Request, **lookup: str) -> Response:
        return self._shown(self.get_object())

    @extend_schema(
        summary="Write down money",
        responses={201: LedgerEntrySerializer},
        examples=[OpenApiExample("A cost", request_only=True, value=COST)],
    )
    def create(self, request: Request) -> Response:
        values = self.read()
        self._find_kpis([values], pointer="")
        entry = self._again(add_entry(NewEntry(**values), by=self.by()))
        return self.created(LedgerEntrySerializer().shape(entry), entry.pk, ETag=etag(entry.pilot))

    @extend_schema(
        summary="Write down several entries",
        description="All of them, or none where one is refused.",
        request=NewEntriesSerializer,
        responses={201: LedgerEntriesSerializer},
        examples=[OpenApiExample("Costs", request_only=True, value={"entries": [COST]})],
    )
    @action(detail=False, methods=["post"], serializer_class=NewEntriesSerializer)
    def bulk(self, request: Request) -> Response:
        context = {**self.get_serializer_context(), "pilots": self._named(request.data)}
        serializer = NewEntriesSerializer(data=request.data, context=context)
        serializer.is_valid(raise_exception=True)
        read: list[dict[str, Any]] = serializer.validated_data["entries"]
        self._find_kpis(read, pointer="entries")
        try:
            rows = add_entries([NewEntry(**values) for values in read], by=self.by())
        except EntriesRefused as refused:
            raise _pointed(refused) from refused
        found = {row.pk: row for row in self.get_queryset().filter(pk__in=[row.pk for row in rows])}
        shape = LedgerEntrySerializer().shape
        return Response({"entries": [shape(found[row.pk]) for row in rows]}, status=201)

    @extend_schema(
        summary="Change some of an entry",
        description="What was found of it, or decided about it, falls when amount, period or kind change.",
        responses={200: LedgerEntrySerializer},
        examples=[OpenApiExample("The invoice", request_only=True, value={"amount": "4310.50"})],
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        entry = self.get_object()
        serializer = self.get_serializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        fields = serializer.validated_data
        self._find_kpis([fields], pointer="")
        edit = EntryEdit(entry=entry, fields=fields, version=read_version(request, entry.pilot))
        return self._shown(self._again(edit_entry(edit, by=self.by())))

    @extend_schema(summary="Remove an entry", responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        entry = self.get_object()
        remove_entry(RemoveEntry(entry=entry, version=read_version(request, entry.pilot)), by=self.by())
        return Response(status=204)

    @extend_schema(
        summary="Verify or reject a claimed benefit",
        description="Only what is verified counts in ROI. Nobody checks what they entered themselves.",
        request=CheckSerializer,
        responses={200: LedgerEntrySerializer},
        examples=[
            OpenApiExample(
                "Verified",
                request_only=True,
                value={"finding": "verified", "checked_note": "Seen in the accounts."},
            )
        ],
    )
    @action(detail=True, methods=["post"], serializer_class=CheckSerializer)
    def check(self, request: Request, pk: str) -> Response:
        entry = self.get_object()
        values = self.read()
        check = Check(
            entry=entry,
            finding=values["finding"],
            note=values.get("checked_note", ""),
            version=read_version(request, entry.pilot),
        )
        return self._shown(self._again(check_benefit(check, by=self.by())))

    @extend_schema(
        summary="Say what became of a budget",
        request=DecideBudgetSerializer,
        responses={200: LedgerEntrySerializer},
        examples=[
            OpenApiExample(
                "Deferred",
                request_only=True,
                value={
                    "commitment": "deferred",
                    "decided_by": "Investment board",
                    "decided_on": "2026-11-02",
                    "decided_because": "ROI not shown.",
                },
            )
        ],
    )
    @action(detail=True, methods=["post"], serializer_class=DecideBudgetSerializer)
    def decide(self, request: Request, pk: str) -> Response:
        entry = self.get_object()
        values = self.read()
        by = self.by()
        decision = BudgetDecision(
            entry=entry,
            commitment=values["commitment"],
            decided_by=values["decided_by"],
            decided_on=values.get("decided_on") or by.today(entry.pilot.program),
            because=values.get("decided_because", ""),
            version=read_version(request, entry.pilot),
        )
        return self._shown(self._again(decide_budget(decision, by=by)))

    # --- Steps they share -------------------------------------------------------------

    def _named(self, sent: Any) -> Mapping[str, Pilot]:
        """Return the pilots that entries name, by key, in one query."""
        entries = sent.get("entries") if isinstance(sent, Mapping) else None
        rows = entries if isinstance(entries, list) else []
        keys = {
            row["pilot"] for row in rows if isinstance(row, Mapping) and isinstance(row.get("pilot"), str)
        }
        visible = Pilot.objects.visible_to(caller(self.request)).filter(key__in=keys)
        return {pilot.key: pilot for pilot in visible.select_related("program")}

    def _find_kpis(self, rows: list[dict[str, Any]], *, pointer: str) -> None:
        """Put the KPIs in place of what names them, in one query; refuse those nobody sees."""
        named = {row["kpi"] for row in rows if row.get("kpi")}
        found = find_kpis(named, user=caller(self.request)) if named else {}
        faults = {
            place: {"kpi": unseen(row["kpi"])}
            for place, row in enumerate(rows)
            if row.get("kpi") and row["kpi"] not in found
        }
        if faults:
            listed: Any = {pointer: faults} if pointer else faults[0]
            raise ValidationError(listed)
        for row in rows:
            if "kpi" in row:
                row["kpi"] = found.get(row["kpi"])

    def _again(self, entry: LedgerEntry) -> LedgerEntry:
        found: LedgerEntry = self.get_queryset().get(pk=entry.pk)
        return found

    def _shown(self, entry: LedgerEntry) -> Response:
        return Response(LedgerEntrySerializer().shape(entry), headers={"ETag": etag(entry.pilot)})


def _pointed(refused: EntriesRefused) -> Refused:
    """Return the refusal with the place of each entry before its field."""
    return Refused(
        Reason(reason.sentence, f"entries/{place}/{reason.field}".rstrip("/"), reason.code)
        for place, reasons in refused.rows.items()
        for reason in reasons
    )


class PilotMoneyView(ApiView):
    has_versions = True

    @extend_schema(
        operation_id="pilot_money_retrieve",
        summary="Read what a pilot cost and brought",
        description="The figures of its page, in the currency of its program.",
        responses=PilotMoneySerializer,
    )
    def get(self, request: Request, key: str) -> Response:
        visible = Pilot.objects.visible_to(caller(request)).select_related("program")
        pilot = get_object_or_404(visible, key=key)
        today = by_api(request).today(pilot.program)
        money = money_of([pilot], today=today)[pilot.pk]
        return Response(shape_money(money), headers={"ETag": etag(pilot)})
