from django.apps import AppConfig


class VisitsConfig(AppConfig):
    name = "portfolio.visits"
    label = "visits"
    verbose_name = "Visits"
