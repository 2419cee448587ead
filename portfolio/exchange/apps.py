from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "portfolio.exchange"
    label = "exchange"
    verbose_name = "Imports and exports"
