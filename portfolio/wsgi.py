"""What a web server calls."""

import os

from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.urls import get_resolver

from pilots.access.guards import assert_guards

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portfolio.settings")

application = get_wsgi_application()

# Django would import the addresses, and every view with them, at the first request. Here they are
# imported before gunicorn forks, so the workers share that memory, and a broken one stops the start.
get_resolver().url_patterns  # noqa: B018 -- reading is what imports them

# Better no start than a history anybody can rewrite. Workers open connections of their own after the fork.
assert_guards()
connections.close_all()
