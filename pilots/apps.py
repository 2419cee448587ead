from django.apps import AppConfig


class PilotsConfig(AppConfig):
    name = "pilots"
    verbose_name = "Pilots"

    def ready(self) -> None:
        from pilots import known  # noqa: PLC0415 -- it needs the models

        known.register()
