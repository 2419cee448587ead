import json
import time

import pytest
from django.test import Client

from pilots.access.models import Event
from pilots.actions.account import create_token

NOTHING = object()
PATIENCE = 60  # seconds; on PostgreSQL a transaction of anybody in the cluster holds the feed back


class Api:
    """A caller of the API: paths below /api/v1/, bodies as Python values, answers with `.data`."""

    def __init__(self, secret: str | None = None, client: Client | None = None) -> None:
        self.client = client or Client()
        self.headers = {"Authorization": f"Bearer {secret}"} if secret else {}

    def send(self, method: str, path: str, body=NOTHING, **headers):
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        extra = {}
        if body is not NOTHING:
            extra = {
                "data": body if isinstance(body, bytes) else json.dumps(body).encode(),
                "content_type": "application/json",
            }
        address = path if path.startswith("http") else f"/api/v1/{path}"
        response = self.client.generic(method, address, headers=self.headers | given, **extra)
        kind = response.headers.get("Content-Type", "")
        response.data = json.loads(response.content) if "json" in kind and response.content else None
        if response.status_code >= 400:
            assert kind == "application/problem+json", response.content
            assert set(response.data) == {"type", "title", "status", "detail", "errors"}
            assert response.data["status"] == response.status_code
        return response

    def get(self, path, **headers):
        return self.send("GET", path, **headers)

    def post(self, path, body=NOTHING, **headers):
        return self.send("POST", path, body, **headers)

    def put(self, path, body=NOTHING, **headers):
        return self.send("PUT", path, body, **headers)

    def patch(self, path, body=NOTHING, **headers):
        return self.send("PATCH", path, body, **headers)


def settle():
    """Wait until nobody else in the cluster writes, so that all there is can be shown."""
    deadline = time.monotonic() + PATIENCE
    while Event.objects.settled().count() < Event.objects.count() and time.monotonic() < deadline:
        time.sleep(0.05)


@pytest.fixture
def make_api(by_system):
    """Make a caller with a token of a user; scopes and limits as `create_token` takes them."""

    def make(user, scopes=frozenset({"read", "write"}), **limits) -> Api:
        _, secret = create_token(user=user, name="test", scopes=set(scopes), by=by_system, **limits)
        return Api(secret)

    return make


@pytest.fixture
def api(make_api, manager) -> Api:
    return make_api(manager)


@pytest.fixture
def anyone() -> Api:
    return Api()
