from django.apps import AppConfig


class SteeringConfig(AppConfig):
    name = "portfolio.steering"
    label = "steering"
    verbose_name = "Steering"
