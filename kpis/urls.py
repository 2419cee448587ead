"""The pages of this floor: below a pilot's address, in the same namespace."""

from django.urls import path

from kpis.views import definition, money, reading, report
from kpis.views.kpi import kpi_detail
from kpis.views.kpis import pilot_kpis
from kpis.views.loop import loop_edit
from kpis.views.reading_table import readings_table
from kpis.views.token import readings_token
from pilots.web import keys  # noqa: F401 -- registers <key:…>

definition_pages = [
    path("<key:key>/kpis/", pilot_kpis, name="pilot_kpis"),
    path("<key:key>/kpis/<slug:code>/", kpi_detail, name="kpi_detail"),
    path("<key:key>/kpis/<slug:code>/edit/", definition.kpi_edit, name="kpi_edit"),
    path("<key:key>/kpis/<slug:code>/sign/", definition.kpi_sign, name="kpi_sign"),
    path("<key:key>/kpis/<slug:code>/primary/", definition.kpi_primary, name="kpi_primary"),
    path("<key:key>/kpis/<slug:code>/retire/", definition.kpi_retire, name="kpi_retire"),
    path("<key:key>/kpis/<slug:code>/restore/", definition.kpi_restore, name="kpi_restore"),
    path("<key:key>/kpis/<slug:code>/remove/", definition.kpi_remove, name="kpi_remove"),
]
reading_pages = [
    path("<key:key>/kpis/readings/new/", reading.reading_new, name="reading_new"),
    path("<key:key>/kpis/readings/table/", readings_table, name="readings_table"),
    path("<key:key>/kpis/token/", readings_token, name="readings_token"),
    path("<key:key>/kpis/readings/<int:row>/correct/", reading.reading_correct, name="reading_correct"),
    path("<key:key>/kpis/readings/<int:row>/withdraw/", reading.reading_withdraw, name="reading_withdraw"),
    path("<key:key>/kpis/<slug:code>/readings/new/", reading.kpi_reading_new, name="kpi_reading_new"),
]
money_pages = [
    path("<key:key>/money/", money.pilot_money, name="pilot_money"),
    path("<key:key>/money/new/", money.money_new, name="money_new"),
    path("<key:key>/money/<int:row>/edit/", money.money_edit, name="money_edit"),
    path("<key:key>/money/<int:row>/remove/", money.money_remove, name="money_remove"),
    path("<key:key>/money/<int:row>/check/", money.money_check, name="money_check"),
    path("<key:key>/money/<int:row>/decide/", money.money_decide, name="money_decide"),
]
report_pages = [
    path("<key:key>/reports/new/", report.report_new, name="report_new"),
    path("<key:key>/reports/<int:row>/", report.report_detail, name="report_detail"),
    path("<key:key>/reports/<int:row>/remove/", report.report_remove, name="report_remove"),
]
loop_pages = [path("<key:key>/loop/", loop_edit, name="loop_edit")]

urlpatterns = [*reading_pages, *definition_pages, *money_pages, *report_pages, *loop_pages]
