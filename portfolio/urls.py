"""Every address of the product. tests/test_matrix.py lists each with who may reach it."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include("portfolio.desk.account_urls")),
]
for prefix, room in (
    ("", "portfolio.health.urls"),
    ("", "portfolio.desk.urls"),
    ("pilots/", "portfolio.desk.pilot_urls"),
    ("funnel/", "portfolio.dashboards.urls"),
    ("api/v1/", "portfolio.api.urls"),
):
    if find_spec(room):
        urlpatterns.append(path(prefix, include(room)))

handler400 = "portfolio.api.errors.bad_request"
handler403 = "portfolio.api.errors.permission_denied"
handler404 = "portfolio.api.errors.page_not_found"
handler500 = "portfolio.api.errors.server_error"
