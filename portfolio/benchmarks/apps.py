from django.apps import AppConfig


class BenchmarksConfig(AppConfig):
    name = "portfolio.benchmarks"
    label = "benchmarks"
    verbose_name = "Benchmarks"
