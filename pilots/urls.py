"""Pages of the ground floor; `portfolio.desk.pilot_urls` adds the one that also shows KPIs."""

from django.urls import path

from pilots.views import (
    assign,
    board,
    bulk,
    check_in,
    connection,
    decision,
    edit,
    flags,
    gate,
    history,
    hold,
    milestone,
    model_version,
    move,
    owner,
    people,
    pilot_list,
    plan,
    production,
    readiness,
    rollout,
    saved_view,
    timeline,
    waits,
)
from pilots.web import keys  # noqa: F401 -- registers <key:…>

app_name = "pilots"

urlpatterns = [
    path("", pilot_list.pilot_list, name="pilot_list"),
    path("bulk/", bulk.pilots_bulk, name="pilots_bulk"),
    path("bulk/<uuid:edit>/undo/", bulk.bulk_undo, name="bulk_undo"),
    path("views/", saved_view.view_list, name="view_list"),
    path("views/new/", saved_view.view_new, name="view_new"),
    path("views/<int:row>/edit/", saved_view.view_edit, name="view_edit"),
    path("views/<int:row>/save/", saved_view.view_save, name="view_save"),
    path("views/<int:row>/remove/", saved_view.view_remove, name="view_remove"),
    path("board/", board.pilot_board, name="pilot_board"),
    path("board/<key:key>/move/", board.card_move, name="card_move"),
    path("waiting/", waits.waits, name="waits"),
    path("timeline/", timeline.pilot_timeline, name="pilot_timeline"),
    path("<key:key>/edit/", edit.pilot_edit, name="pilot_edit"),
    path("<key:key>/move/", move.pilot_move, name="pilot_move"),
    path("<key:key>/ending/", move.pilot_ending, name="pilot_ending"),
    path("<key:key>/hold/", hold.pilot_hold, name="pilot_hold"),
    path("<key:key>/hold/extend/", hold.pilot_hold_extend, name="pilot_hold_extend"),
    path("<key:key>/resume/", hold.pilot_resume, name="pilot_resume"),
    path("<key:key>/check-in/", check_in.pilot_check_in, name="pilot_check_in"),
    path("<key:key>/people/", people.pilot_people, name="pilot_people"),
    path("<key:key>/people/<int:row>/end/", owner.ownership_end, name="ownership_end"),
    path("<key:key>/people/<int:row>/accept/", owner.ownership_accept, name="ownership_accept"),
    path("<key:key>/people/<int:row>/decline/", owner.ownership_decline, name="ownership_decline"),
    path("<key:key>/people/<int:row>/hand-over/", owner.ownership_hand_over, name="ownership_hand_over"),
    path("<key:key>/people/<int:row>/deputy/", owner.ownership_deputise, name="ownership_deputise"),
    path("<key:key>/people/<int:row>/terms/", owner.ownership_terms, name="ownership_terms"),
    path("<key:key>/people/seats/<slug:seat>/waive/", people.seat_waive, name="seat_waive"),
    path("<key:key>/people/seats/<slug:seat>/revoke/", people.seat_revoke, name="seat_revoke"),
    path("<key:key>/decisions/new/", decision.decision_new, name="decision_new"),
    path("<key:key>/plan/", plan.pilot_plan, name="pilot_plan"),
    path("<key:key>/plan/new/", plan.plan_new, name="plan_new"),
    path("<key:key>/plan/phases/<int:row>/start/", plan.phase_start, name="phase_start"),
    path("<key:key>/plan/phases/<int:row>/close/", plan.phase_close, name="phase_close"),
    path("<key:key>/plan/phases/<int:row>/reopen/", plan.phase_reopen, name="phase_reopen"),
    path("<key:key>/plan/milestones/new/", milestone.milestone_new, name="milestone_new"),
    path("<key:key>/plan/milestones/<int:row>/edit/", milestone.milestone_edit, name="milestone_edit"),
    path("<key:key>/plan/milestones/<int:row>/done/", milestone.milestone_done, name="milestone_done"),
    path("<key:key>/plan/milestones/<int:row>/reopen/", milestone.milestone_reopen, name="milestone_reopen"),
    path("<key:key>/plan/milestones/<int:row>/remove/", milestone.milestone_remove, name="milestone_remove"),
    path("<key:key>/production/", production.pilot_production, name="pilot_production"),
    path("<key:key>/production/design/", production.production_design, name="production_design"),
    path("<key:key>/production/connections/new/", connection.connection_new, name="connection_new"),
    path(
        "<key:key>/production/connections/<int:row>/edit/", connection.connection_edit, name="connection_edit"
    ),
    path(
        "<key:key>/production/connections/<int:row>/remove/",
        connection.connection_remove,
        name="connection_remove",
    ),
    path("<key:key>/production/steps/new/", rollout.step_new, name="step_new"),
    path("<key:key>/production/steps/<int:row>/edit/", rollout.step_edit, name="step_edit"),
    path("<key:key>/production/steps/<int:row>/decide/", rollout.step_decide, name="step_decide"),
    path("<key:key>/production/steps/<int:row>/remove/", rollout.step_remove, name="step_remove"),
    path("<key:key>/production/versions/new/", model_version.version_new, name="version_new"),
    path("<key:key>/production/versions/<int:row>/edit/", model_version.version_edit, name="version_edit"),
    path("<key:key>/production/versions/<int:row>/live/", model_version.version_live, name="version_live"),
    path(
        "<key:key>/production/versions/<int:row>/remove/", model_version.version_remove, name="version_remove"
    ),
    path("<key:key>/readiness/", readiness.pilot_readiness, name="pilot_readiness"),
    path("<key:key>/readiness/evidence/new/", readiness.evidence_new, name="evidence_new"),
    path(
        "<key:key>/readiness/evidence/<int:row>/withdraw/",
        readiness.evidence_withdraw,
        name="evidence_withdraw",
    ),
    path("<key:key>/readiness/waits/new/", readiness.wait_new, name="wait_new"),
    path("<key:key>/readiness/waits/<int:row>/end/", readiness.wait_end, name="wait_end"),
    path("<key:key>/readiness/gates/<str:gate>/approve/", gate.gate_approve, name="gate_approve"),
    path("<key:key>/readiness/approvals/<int:row>/revoke/", gate.approval_revoke, name="approval_revoke"),
    path("<key:key>/readiness/waivers/<int:row>/revoke/", gate.waiver_revoke, name="waiver_revoke"),
    path("<key:key>/waive/", gate.pilot_waive, name="pilot_waive"),
    path("<key:key>/history/", history.pilot_history, name="pilot_history"),
    path("<key:key>/history/<int:row>/", history.transition_correct, name="transition_correct"),
]

# Below /stalled/flags/: flags are asked about on their own pages, whoever's pilot it is.
flag_pages = [
    path("snooze/", flags.flags_snooze, name="flags_snooze"),
    path("assign/", assign.flags_assign, name="flags_assign"),
    path("<int:row>/assign/", assign.flag_assign, name="flag_assign"),
    path("<int:row>/snooze/", flags.flag_snooze, name="flag_snooze"),
    path("<int:row>/dispute/", flags.flag_dispute, name="flag_dispute"),
    path("<int:row>/wake/", flags.flag_wake, name="flag_wake"),
]

# Below /decisions/ and /answers/: some are about a program, and a mail names them by number.
decision_pages = [path("<int:row>/", decision.decision_detail, name="decision_detail")]
answer_pages = [path("<int:row>/", decision.answer_settle, name="answer_settle")]
