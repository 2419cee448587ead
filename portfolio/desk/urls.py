from django.urls import path

from portfolio.desk import pilot_new, sample_pages
from portfolio.desk.today import today

app_name = "desk"

urlpatterns = [
    path("", today, name="today"),
    path("sample/load/", sample_pages.sample_load, name="sample_load"),
    path("sample/clear/", sample_pages.sample_clear, name="sample_clear"),
    path("pilots/new/", pilot_new.pilot_new, name="pilot_new"),
    path("pilots/new/echo/", pilot_new.kpi_echo, name="kpi_echo"),
    path("pilots/new/alike/", pilot_new.pilots_alike, name="pilots_alike"),
]
