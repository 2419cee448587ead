from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "portfolio.outbox"
    label = "outbox"
    verbose_name = "Outbox"
