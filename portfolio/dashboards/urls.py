from django.urls import path

from portfolio.dashboards import views
from portfolio.exchange.export import views as export

app_name = "dashboards"

urlpatterns = [
    path("", views.funnel, name="funnel"),
    path("export/", export.funnel, name="funnel_export"),
]
