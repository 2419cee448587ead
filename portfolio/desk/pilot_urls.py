"""The addresses of pilots: those of the ground floor, and the pages that show both floors.

These stand here because they show KPIs, which the ground floor does not know; their names stay in
the `pilots` namespace, so that every link says the same. What belongs to pilots and stands elsewhere in
the address (flags below /stalled/, decisions) is named here too.
"""

from django.urls import include, path

from kpis.urls import urlpatterns as first_floor
from pilots.urls import answer_pages, decision_pages, flag_pages
from pilots.urls import urlpatterns as ground_floor
from portfolio.desk.kpi_new import kpi_new
from portfolio.desk.pilot_page import pilot_detail, pilot_fill
from portfolio.exchange.export import lineage_views, money_views, readings_views
from portfolio.exchange.export import views as export
from portfolio.pace.chance_page import pilot_chance

app_name = "pilots"

pilot_pages = [
    *ground_floor,
    path("<key:key>/kpis/new/", kpi_new, name="kpi_new"),
    *first_floor,
    path("export/", export.pilot_list, name="pilot_list_export"),
    path("export/chosen/", export.pilots_chosen, name="pilots_chosen_export"),
    path("template/", export.template, name="pilot_template"),
    path("lineage/", lineage_views.lineage, name="lineage"),
    path("<key:key>/production/lineage/", lineage_views.pilot_lineage, name="pilot_lineage"),
    path("<key:key>/money/export/", money_views.pilot_money, name="pilot_money_export"),
    path("<key:key>/kpis/readings/export/", readings_views.pilot_readings, name="readings_export"),
    path("<key:key>/history/export/", export.pilot_history, name="pilot_history_export"),
    path("<key:key>/", pilot_detail, name="pilot_detail"),
    path("<key:key>/fill/", pilot_fill, name="pilot_fill"),
    path("<key:key>/chance/", pilot_chance, name="pilot_chance"),
]

urlpatterns = [
    path("pilots/", include(pilot_pages)),
    path("stalled/flags/", include(flag_pages)),
    path("decisions/", include(decision_pages)),
    path("answers/", include(answer_pages)),
]
