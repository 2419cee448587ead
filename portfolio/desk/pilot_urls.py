"""The addresses of pilots: those of the ground floor, and the pages that show both floors.

These stand here because they show KPIs, which the ground floor does not know; their names stay in
the `pilots` namespace, so that every link says the same. What belongs to pilots and stands elsewhere in
the address (flags below /stalled/, decisions) is named here too.
"""

from django.urls import include, path

from pilots.urls import answer_pages, decision_pages, flag_pages
from pilots.urls import urlpatterns as ground_floor
from portfolio.desk.kpi_new import kpi_new
from portfolio.desk.pilot_page import pilot_detail
from portfolio.exchange.export import views as export

app_name = "pilots"

pilot_pages = [
    *ground_floor,
    path("export/", export.pilot_list, name="pilot_list_export"),
    path("template/", export.template, name="pilot_template"),
    path("<key:key>/", pilot_detail, name="pilot_detail"),
    path("<key:key>/kpis/new/", kpi_new, name="kpi_new"),
]

urlpatterns = [
    path("pilots/", include(pilot_pages)),
    path("stalled/flags/", include(flag_pages)),
    path("decisions/", include(decision_pages)),
    path("answers/", include(answer_pages)),
]
