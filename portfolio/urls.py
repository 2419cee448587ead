"""Every address of the product. tests/test_matrix.py lists each with who may reach it."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path, re_path

from portfolio.api.errors import unknown_address

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
urlpatterns.append(re_path(r"^api(?:/.*)?$", unknown_address, name="api_unknown"))

handler400 = "portfolio.api.errors.bad_request"
handler403 = "portfolio.api.errors.permission_denied"
handler404 = "portfolio.api.errors.page_not_found"
handler500 = "portfolio.api.errors.server_error"
