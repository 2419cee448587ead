"""Rings for the jobs now instead of within the minute; a broker that is down or silent costs a second."""

import logging

from kombu.exceptions import KombuError

from portfolio.celery import app

log = logging.getLogger(__name__)

PATIENCE = 0.5  # seconds for each of connecting and answering
# Only for rings from a request: a worker's own connection waits long for its next message.
IMPATIENT = {
    "socket_timeout": PATIENCE,
    "socket_connect_timeout": PATIENCE,
    "max_retries": 0,
    "connect_retries_timeout": PATIENCE,
}


class Bell:
    """Publishes rings and counts those that failed. Never raises: the row somebody waits for is saved."""

    def __init__(self) -> None:
        self.failed = 0

    def ring(self) -> bool:
        """Ring, and return whether the broker took it."""
        options = {**app.conf.broker_transport_options, **IMPATIENT}
        try:
            with app.connection_for_write(connect_timeout=PATIENCE, transport_options=options) as connection:
                app.send_task("portfolio.ring", connection=connection, expires=60, retry=False)
        except (KombuError, OSError) as error:
            self.failed += 1
            log.warning("The doorbell did not ring (%s so far): %s", self.failed, error)
            return False
        return True

    def trouble(self) -> str:
        """Return why the broker does not answer; empty when it does. Rings nothing."""
        options = {**app.conf.broker_transport_options, **IMPATIENT}
        try:
            with app.connection_for_write(connect_timeout=PATIENCE, transport_options=options) as connection:
                connection.ensure_connection(max_retries=0, timeout=1)
        except (KombuError, OSError) as error:
            return str(error)
        return ""


bell = Bell()
