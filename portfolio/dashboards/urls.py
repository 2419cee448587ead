from django.urls import path

from portfolio.dashboards import views
from portfolio.dashboards.known import known
from portfolio.exchange.export import views as export

app_name = "dashboards"

urlpatterns = [
    path("", views.funnel, name="funnel"),
    path("known/", known, name="known"),
    path("export/", export.funnel, name="funnel_export"),
]
