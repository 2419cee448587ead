from django.urls import path

from portfolio.dashboards.value.views import value
from portfolio.exchange.export.value_views import value_export

app_name = "value"

urlpatterns = [
    path("", value, name="value"),
    path("export/", value_export, name="value_export"),
]
