"""Version 1 of the API: every address other systems may rely on."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from kpis.api.currencies import ProgramMoneyView, RatesView, RateView
from kpis.api.definitions import KpiResource, KpiVersionResource, SignOffResource
from kpis.api.ledger import LedgerResource, PilotMoneyView
from kpis.api.loop import LoopView
from kpis.api.measurements import KpiMeasurementResource, MeasurementResource
from kpis.api.reports import ReportResource
from pilots.api.answers import AnswerResource
from pilots.api.backtests import BacktestList, BacktestRead
from pilots.api.bulk import BulkEditUndo, PilotsBulk
from pilots.api.calendars import CalendarView, FreezesView, FreezeView, HolidaysView, HolidayView
from pilots.api.connections import ConnectionResource
from pilots.api.custom_fields import CustomFieldResource
from pilots.api.decisions import DecisionResource
from pilots.api.evidence import EvidenceResource
from pilots.api.flags import FlagResource
from pilots.api.gates import ApprovalResource, ApproveView, WaiverResource, WaiveView
from pilots.api.history import HoldResource, LogResource, TransitionResource
from pilots.api.members import MemberResource
from pilots.api.milestones import MilestoneResource
from pilots.api.model_versions import ModelVersionResource
from pilots.api.ownerships import OwnershipResource
from pilots.api.people import OwnerResource
from pilots.api.plan_templates import PlanTemplateRestoreView, PlanTemplatesView, PlanTemplateView
from pilots.api.plans import PhaseResource, PlanResource
from pilots.api.playbook import (
    PlaybookGateView,
    PlaybookRequirementView,
    PlaybookRestoreView,
    PlaybookView,
)
from pilots.api.programs import ProgramResource
from pilots.api.readiness import ReadinessView, RequirementResource
from pilots.api.rollout_steps import RolloutStepResource
from pilots.api.rules import RuleLimits, RuleList, RuleRead
from pilots.api.scorecard import ScorecardView
from pilots.api.views import ViewResource
from pilots.api.waits import WaitResource
from portfolio.api.benchmarks import benchmark, benchmarks
from portfolio.api.chance import ChanceView
from portfolio.api.description import Schema, docs
from portfolio.api.events import EventResource
from portfolio.api.findings import FindingsView
from portfolio.api.funnel import funnel
from portfolio.api.me import Me
from portfolio.api.pace import pace
from portfolio.api.pilot_templates import PilotTemplateDetail, PilotTemplateList
from portfolio.api.pilots import PilotWithKpisResource
from portfolio.api.steering import PackList, PackRead, PackRemove
from portfolio.api.value import value
from portfolio.exchange.api.imports import ImportResource
from portfolio.steering.share.api import PackPdf, PackPptx, PackShareRevoke, PackShares, SharingSwitch

app_name = "api"

router = SimpleRouter()
router.register("programs", ProgramResource, "program")
router.register("members", MemberResource, "member")
router.register("custom-fields", CustomFieldResource, "custom_field")
router.register("pilots", PilotWithKpisResource, "pilot")
router.register("owners", OwnerResource, "owner")
router.register("ownerships", OwnershipResource, "ownership")
router.register("transitions", TransitionResource, "transition")
router.register("holds", HoldResource, "hold")
router.register("plans", PlanResource, "plan")
router.register("phases", PhaseResource, "phase")
router.register("milestones", MilestoneResource, "milestone")
router.register("connections", ConnectionResource, "connection")
router.register("rollout-steps", RolloutStepResource, "rollout_step")
router.register("model-versions", ModelVersionResource, "model_version")
router.register("ledger", LedgerResource, "ledger_entry")
router.register("requirements", RequirementResource, "requirement")
router.register("evidence", EvidenceResource, "evidence")
router.register("waivers", WaiverResource, "waiver")
router.register("approvals", ApprovalResource, "approval")
router.register("waits", WaitResource, "wait")
router.register("sign-offs", SignOffResource, "sign_off")
router.register("reports", ReportResource, "report")
router.register("log", LogResource, "log")
router.register("views", ViewResource, "view")
router.register("measurements", MeasurementResource, "measurement")
router.register("flags", FlagResource, "flag")
router.register("decisions", DecisionResource, "decision")
router.register("answers", AnswerResource, "answer")
router.register("imports", ImportResource, "import")
router.register("events", EventResource, "event")


urlpatterns: list[URLPattern | URLResolver] = [
    path("me/", Me.as_view(), name="me"),
    path("schema/", Schema.as_view(), name="schema"),
    path("docs/", docs, name="docs"),
    path("benchmarks/", benchmarks, name="benchmarks"),
    path("benchmarks/<slug:code>/", benchmark, name="benchmark"),
    path("funnel/", funnel, name="funnel"),
    path("pace/", pace, name="pace"),
    path("value/", value, name="value"),
    path("steering-packs/<int:pk>/pdf/", PackPdf.as_view(), name="pack_pdf"),
    path("steering-packs/<int:pk>/pptx/", PackPptx.as_view(), name="pack_pptx"),
    path("steering-packs/<int:pk>/shares/", PackShares.as_view(), name="pack_shares"),
    path(
        "steering-packs/<int:pk>/shares/<int:row>/revoke/",
        PackShareRevoke.as_view(),
        name="pack_share_revoke",
    ),
    path("sharing/", SharingSwitch.as_view(), name="sharing"),
    path("pilots/bulk/", PilotsBulk.as_view(), name="pilots_bulk"),
    path("bulk-edits/<uuid:edit>/undo/", BulkEditUndo.as_view(), name="bulk_edit_undo"),
    path("findings/", FindingsView.as_view(), name="findings"),
    path("steering-packs/", PackList.as_view(), name="steering_packs"),
    path("steering-packs/<int:pk>/", PackRead.as_view(), name="steering_pack"),
    path("steering-packs/<int:pk>/remove/", PackRemove.as_view(), name="steering_pack_remove"),
    path("rules/", RuleList.as_view(), name="rule_list"),
    path("rules/scorecard/", ScorecardView.as_view(), name="rule_scorecard"),
    path("rules/<slug:rule>/", RuleRead.as_view(), name="rule"),
    path("rules/<slug:rule>/limits/", RuleLimits.as_view(), name="rule_limits"),
    path("rules/<slug:rule>/backtests/", BacktestList.as_view(), name="rule_backtests"),
    path("rules/<slug:rule>/backtests/<int:pk>/", BacktestRead.as_view(), name="rule_backtest"),
    path("programs/<slug:slug>/plan-templates/", PlanTemplatesView.as_view(), name="plan_templates"),
    path(
        "programs/<slug:slug>/plan-templates/<slug:code>/", PlanTemplateView.as_view(), name="plan_template"
    ),
    path(
        "programs/<slug:slug>/plan-templates/<slug:code>/restore/",
        PlanTemplateRestoreView.as_view(),
        name="plan_template_restore",
    ),
    path("programs/<slug:slug>/calendar/", CalendarView.as_view(), name="calendar"),
    path("programs/<slug:slug>/calendar/holidays/", HolidaysView.as_view(), name="calendar_holidays"),
    path("programs/<slug:slug>/calendar/holidays/<int:row>/", HolidayView.as_view(), name="calendar_holiday"),
    path("programs/<slug:slug>/calendar/freezes/", FreezesView.as_view(), name="calendar_freezes"),
    path("programs/<slug:slug>/calendar/freezes/<int:row>/", FreezeView.as_view(), name="calendar_freeze"),
    path("programs/<slug:slug>/money/", ProgramMoneyView.as_view(), name="program_money"),
    path("programs/<slug:slug>/money/rates/", RatesView.as_view(), name="program_rates"),
    path("programs/<slug:slug>/money/rates/<int:row>/", RateView.as_view(), name="program_rate"),
    path("programs/<slug:slug>/pilot-templates/", PilotTemplateList.as_view(), name="pilot_template_list"),
    path(
        "programs/<slug:slug>/pilot-templates/<int:row>/",
        PilotTemplateDetail.as_view(),
        name="pilot_template",
    ),
    path("programs/<slug:slug>/playbook/", PlaybookView.as_view(), name="playbook"),
    path("programs/<slug:slug>/playbook/gates/<str:gate>/", PlaybookGateView.as_view(), name="playbook_gate"),
    path(
        "programs/<slug:slug>/playbook/<slug:code>/",
        PlaybookRequirementView.as_view(),
        name="playbook_requirement",
    ),
    path(
        "programs/<slug:slug>/playbook/<slug:code>/restore/",
        PlaybookRestoreView.as_view(),
        name="playbook_restore",
    ),
    path(
        "pilots/<key:key>/kpis/<slug:code>/measurements/",
        KpiMeasurementResource.as_view({"get": "list", "post": "create"}),
        name="kpi_measurements",
    ),
    path("kpis/", KpiResource.as_view({"get": "list", "post": "create"}), name="kpis"),
    path(
        "kpis/<key:key>/<slug:code>/",
        KpiResource.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
        name="kpi",
    ),
    *(
        path(f"kpis/<key:key>/<slug:code>/{verb}/", KpiResource.as_view({"post": verb}), name=f"kpi_{verb}")
        for verb in ("sign", "retire", "restore", "primary")
    ),
    path(
        "kpis/<key:key>/<slug:code>/versions/",
        KpiVersionResource.as_view({"get": "list"}),
        name="kpi_versions",
    ),
    path("pilots/<key:key>/money/", PilotMoneyView.as_view(), name="pilot_money"),
    path("pilots/<key:key>/chance/", ChanceView.as_view(), name="pilot_chance"),
    path("pilots/<key:key>/readiness/", ReadinessView.as_view(), name="pilot_readiness"),
    path("pilots/<key:key>/feedback-loop/", LoopView.as_view(), name="pilot_loop"),
    path("pilots/<key:key>/waive/", WaiveView.as_view(), name="pilot_waive"),
    path("pilots/<key:key>/approve/", ApproveView.as_view(), name="pilot_approve"),
    *router.urls,
]
