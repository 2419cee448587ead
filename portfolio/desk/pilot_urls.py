"""The addresses of pilots: those of the ground floor, and the pages that show both floors.

These stand here because they show KPIs, which the ground floor does not know; their names stay in
the `pilots` namespace, so that every link says the same.
"""

from django.urls import path

from pilots.urls import urlpatterns as ground_floor
from portfolio.desk.kpi_new import kpi_new
from portfolio.desk.pilot_page import pilot_detail

app_name = "pilots"

urlpatterns = [
    *ground_floor,
    path("<key:key>/", pilot_detail, name="pilot_detail"),
    path("<key:key>/kpis/new/", kpi_new, name="kpi_new"),
]
