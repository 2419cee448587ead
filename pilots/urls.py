"""Pages of the ground floor; `portfolio.desk.pilot_urls` adds the one that also shows KPIs."""

from django.urls import path

from pilots.views import (
    check_in,
    decision,
    edit,
    flags,
    history,
    hold,
    milestone,
    move,
    people,
    pilot_list,
    plan,
)
from pilots.web import keys  # noqa: F401 -- registers <key:…>

app_name = "pilots"

urlpatterns = [
    path("", pilot_list.pilot_list, name="pilot_list"),
    path("<key:key>/edit/", edit.pilot_edit, name="pilot_edit"),
    path("<key:key>/move/", move.pilot_move, name="pilot_move"),
    path("<key:key>/hold/", hold.pilot_hold, name="pilot_hold"),
    path("<key:key>/resume/", hold.pilot_resume, name="pilot_resume"),
    path("<key:key>/check-in/", check_in.pilot_check_in, name="pilot_check_in"),
    path("<key:key>/people/", people.pilot_people, name="pilot_people"),
    path("<key:key>/people/<int:row>/end/", people.ownership_end, name="ownership_end"),
    path("<key:key>/people/<int:row>/accept/", people.ownership_accept, name="ownership_accept"),
    path("<key:key>/decisions/new/", decision.decision_new, name="decision_new"),
    path("<key:key>/plan/", plan.pilot_plan, name="pilot_plan"),
    path("<key:key>/plan/new/", plan.plan_new, name="plan_new"),
    path("<key:key>/plan/phases/<int:row>/close/", plan.phase_close, name="phase_close"),
    path("<key:key>/plan/phases/<int:row>/reopen/", plan.phase_reopen, name="phase_reopen"),
    path("<key:key>/plan/milestones/new/", milestone.milestone_new, name="milestone_new"),
    path("<key:key>/plan/milestones/<int:row>/edit/", milestone.milestone_edit, name="milestone_edit"),
    path("<key:key>/plan/milestones/<int:row>/done/", milestone.milestone_done, name="milestone_done"),
    path("<key:key>/plan/milestones/<int:row>/reopen/", milestone.milestone_reopen, name="milestone_reopen"),
    path("<key:key>/plan/milestones/<int:row>/remove/", milestone.milestone_remove, name="milestone_remove"),
    path("<key:key>/history/", history.pilot_history, name="pilot_history"),
    path("<key:key>/history/<int:row>/", history.transition_correct, name="transition_correct"),
]

# Below /stalled/flags/: flags are asked about on their own pages, whoever's pilot it is.
flag_pages = [
    path("snooze/", flags.flags_snooze, name="flags_snooze"),
    path("<int:row>/snooze/", flags.flag_snooze, name="flag_snooze"),
    path("<int:row>/dispute/", flags.flag_dispute, name="flag_dispute"),
    path("<int:row>/wake/", flags.flag_wake, name="flag_wake"),
]

# Below /decisions/ and /answers/: some are about a program, and a mail names them by number.
decision_pages = [path("<int:row>/", decision.decision_detail, name="decision_detail")]
answer_pages = [path("<int:row>/", decision.answer_settle, name="answer_settle")]
