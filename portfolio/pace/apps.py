from django.apps import AppConfig


class PaceConfig(AppConfig):
    name = "portfolio.pace"
    label = "pace"
    verbose_name = "Pace"
