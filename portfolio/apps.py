from django.apps import AppConfig

from pilots.actions import bell as doorbell


class PortfolioConfig(AppConfig):
    name = "portfolio"
    verbose_name = "Portfolio"

    def ready(self) -> None:
        from portfolio.bell import bell  # noqa: PLC0415 -- Celery reads the settings once they are there

        doorbell.answer_with(bell.ring)
        from portfolio.desk import password_mail  # noqa: PLC0415 -- it needs the models

        password_mail.register()
        from portfolio.desk.people import invitation_mail  # noqa: PLC0415 -- it needs the models

        invitation_mail.register()
        from pilots.computed import assert_computed  # noqa: PLC0415 -- all floors have registered by now

        assert_computed()
