from django.urls import path

from portfolio.exchange.export.pace_views import pace_export
from portfolio.pace import views

app_name = "pace"

urlpatterns = [
    path("", views.pace, name="pace"),
    path("export/", pace_export, name="pace_export"),
]
