from django.urls import path

from portfolio.dashboards import views

app_name = "dashboards"

urlpatterns = [path("", views.funnel, name="funnel")]
