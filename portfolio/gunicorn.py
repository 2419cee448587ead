"""How gunicorn serves the site: `gunicorn -c python:portfolio.gunicorn portfolio.wsgi`."""

import gc
from pathlib import Path
from typing import Any

from portfolio import environment, logs

environment.read_file()

_host = environment.text("HOST", default="127.0.0.1")
_port = environment.number("PORT", default=8000, least=1, most=65535)
_shared_memory = Path("/dev/shm")  # noqa: S108 -- holds gunicorn's heartbeat files, which have no content

bind = f"[{_host}]:{_port}" if ":" in _host else f"{_host}:{_port}"
workers = environment.number("WEB_CONCURRENCY", default=2, least=1)
worker_class = "gthread"
threads = environment.number("WEB_THREADS", default=4, least=1)
timeout = 60
graceful_timeout = 20
keepalive = 5
worker_tmp_dir = str(_shared_memory) if _shared_memory.is_dir() else None
control_socket_disable = True
forwarded_allow_ips = ""  # BEHIND_PROXY in settings.py alone decides whether a proxy is believed
logconfig_dict = logs.settings()

# The site is imported once and the workers share its memory. Frozen objects are left alone by the
# garbage collector, which would otherwise touch, and so copy, every shared page.
preload_app = True


def when_ready(_server: Any) -> None:
    gc.collect()
    gc.freeze()
