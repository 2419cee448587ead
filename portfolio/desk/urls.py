from django.urls import path

from portfolio.desk import (
    pilot_new,
    sample_pages,
    settings_calendar,
    settings_fields,
    settings_jobs,
    settings_members,
    settings_money,
    settings_outbox,
    settings_people,
    settings_pilot_templates,
    settings_playbook,
    settings_programs,
    settings_templates,
)
from portfolio.desk.today import today

app_name = "desk"

urlpatterns = [
    path("", today, name="today"),
    path("sample/load/", sample_pages.sample_load, name="sample_load"),
    path("sample/clear/", sample_pages.sample_clear, name="sample_clear"),
    path("pilots/new/", pilot_new.pilot_new, name="pilot_new"),
    path("pilots/new/echo/", pilot_new.kpi_echo, name="kpi_echo"),
    path("pilots/new/more/", pilot_new.log_more, name="log_more"),
    path("pilots/new/alike/", pilot_new.pilots_alike, name="pilots_alike"),
    path("settings/", settings_programs.settings, name="settings"),
    path("settings/prefix/", settings_programs.settings_prefix, name="settings_prefix"),
    path("settings/programs/<slug:slug>/", settings_members.settings_program, name="settings_program"),
    path("settings/programs/<slug:slug>/edit/", settings_programs.settings_edit, name="settings_edit"),
    path(
        "settings/programs/<slug:slug>/members/<int:row>/role/",
        settings_members.settings_role,
        name="settings_role",
    ),
    path(
        "settings/programs/<slug:slug>/members/<int:row>/remove/",
        settings_members.settings_remove,
        name="settings_remove",
    ),
    path("settings/programs/<slug:slug>/fields/", settings_fields.settings_fields, name="settings_fields"),
    path(
        "settings/programs/<slug:slug>/fields/<slug:code>/",
        settings_fields.settings_field,
        name="settings_field",
    ),
    path(
        "settings/programs/<slug:slug>/fields/<slug:code>/place/",
        settings_fields.settings_field_place,
        name="settings_field_place",
    ),
    path(
        "settings/programs/<slug:slug>/fields/<slug:code>/retire/",
        settings_fields.settings_field_retire,
        name="settings_field_retire",
    ),
    path(
        "settings/programs/<slug:slug>/fields/<slug:code>/restore/",
        settings_fields.settings_field_restore,
        name="settings_field_restore",
    ),
    path(
        "settings/programs/<slug:slug>/playbook/",
        settings_playbook.settings_playbook,
        name="settings_playbook",
    ),
    path(
        "settings/programs/<slug:slug>/playbook/gates/<str:gate>/",
        settings_playbook.settings_gate,
        name="settings_gate",
    ),
    path(
        "settings/programs/<slug:slug>/playbook/<slug:code>/",
        settings_playbook.settings_requirement,
        name="settings_requirement",
    ),
    path(
        "settings/programs/<slug:slug>/playbook/<slug:code>/off/",
        settings_playbook.settings_requirement_off,
        name="settings_requirement_off",
    ),
    path(
        "settings/programs/<slug:slug>/playbook/<slug:code>/restore/",
        settings_playbook.settings_requirement_restore,
        name="settings_requirement_restore",
    ),
    path(
        "settings/programs/<slug:slug>/plan-templates/",
        settings_templates.settings_templates,
        name="settings_templates",
    ),
    path(
        "settings/programs/<slug:slug>/plan-templates/<slug:code>/",
        settings_templates.settings_template,
        name="settings_template",
    ),
    path(
        "settings/programs/<slug:slug>/plan-templates/<slug:code>/restore/",
        settings_templates.settings_template_restore,
        name="settings_template_restore",
    ),
    path(
        "settings/programs/<slug:slug>/calendar/",
        settings_calendar.settings_calendar,
        name="settings_calendar",
    ),
    path(
        "settings/programs/<slug:slug>/calendar/holidays/<int:row>/remove/",
        settings_calendar.settings_holiday_remove,
        name="settings_holiday_remove",
    ),
    path(
        "settings/programs/<slug:slug>/calendar/freezes/<int:row>/remove/",
        settings_calendar.settings_freeze_remove,
        name="settings_freeze_remove",
    ),
    path("settings/programs/<slug:slug>/money/", settings_money.settings_money, name="settings_money"),
    path(
        "settings/programs/<slug:slug>/money/rates/<int:row>/remove/",
        settings_money.settings_rate_remove,
        name="settings_rate_remove",
    ),
    path(
        "settings/programs/<slug:slug>/pilot-templates/",
        settings_pilot_templates.settings_pilot_templates,
        name="settings_pilot_templates",
    ),
    path(
        "settings/programs/<slug:slug>/pilot-templates/<int:row>/",
        settings_pilot_templates.settings_pilot_template,
        name="settings_pilot_template",
    ),
    path(
        "settings/programs/<slug:slug>/pilot-templates/<int:row>/remove/",
        settings_pilot_templates.settings_pilot_template_remove,
        name="settings_pilot_template_remove",
    ),
    path("settings/jobs/", settings_jobs.settings_jobs, name="settings_jobs"),
    path("settings/jobs/<int:run>/retry/", settings_jobs.settings_job_retry, name="settings_job_retry"),
    path("settings/people/", settings_people.settings_people, name="settings_people"),
    path("settings/people/<int:person>/link/", settings_people.settings_link, name="settings_link"),
    path(
        "settings/people/<int:person>/deactivate/",
        settings_people.settings_deactivate,
        name="settings_deactivate",
    ),
    path(
        "settings/people/<int:person>/reactivate/",
        settings_people.settings_reactivate,
        name="settings_reactivate",
    ),
    path("settings/outbox/", settings_outbox.settings_outbox, name="settings_outbox"),
    path(
        "settings/outbox/release/",
        settings_outbox.settings_outbox_release_all,
        name="settings_outbox_release_all",
    ),
    path(
        "settings/outbox/files/<str:name>/", settings_outbox.settings_outbox_file, name="settings_outbox_file"
    ),
    path(
        "settings/outbox/<int:row>/retry/",
        settings_outbox.settings_outbox_retry,
        name="settings_outbox_retry",
    ),
    path(
        "settings/outbox/<int:row>/release/",
        settings_outbox.settings_outbox_release,
        name="settings_outbox_release",
    ),
    path(
        "settings/outbox/<int:row>/give-up/",
        settings_outbox.settings_outbox_give_up,
        name="settings_outbox_give_up",
    ),
]
