from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate


class AccessConfig(AppConfig):
    name = "pilots.access"
    label = "access"
    verbose_name = "Access"

    def ready(self) -> None:
        from pilots.access import guards  # noqa: PLC0415 -- guards import models

        connection_created.connect(guards.teach_connection)
        post_migrate.connect(guards.install_guards)
