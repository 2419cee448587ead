from django.apps import AppConfig


class KpisConfig(AppConfig):
    name = "kpis"
    verbose_name = "KPIs"

    def ready(self) -> None:
        from kpis import deployed, facts, frozen, readiness, replays, rules  # noqa: PLC0415 -- they need the models
        from kpis.web import tabs, told  # noqa: PLC0415

        for part in (deployed, facts, frozen, readiness, replays, rules, tabs, told):
            part.register()
