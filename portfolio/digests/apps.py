from django.apps import AppConfig


class DigestsConfig(AppConfig):
    name = "portfolio.digests"
    label = "digests"
    verbose_name = "Digests"

    def ready(self) -> None:
        from portfolio.digests.mail import KINDS  # noqa: PLC0415 -- models exist once the apps are set up
        from portfolio.digests.notices import register_notices  # noqa: PLC0415 -- the same
        from portfolio.outbox import kinds  # noqa: PLC0415 -- models exist once the apps are set up

        for code, write in KINDS.items():
            kinds.register(code, write)
        register_notices()
