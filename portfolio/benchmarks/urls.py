from django.urls import path

from portfolio.benchmarks import views

app_name = "benchmarks"

urlpatterns = [path("settings/benchmarks/", views.settings_benchmarks, name="settings_benchmarks")]
