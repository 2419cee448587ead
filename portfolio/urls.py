"""Every address of the product. tests/test_matrix.py lists each with who may reach it."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from portfolio.api.errors import unknown_address

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("portfolio.desk.urls")),
    path("", include("portfolio.health.urls")),
    path("accounts/", include("portfolio.desk.account_urls")),
    path("pilots/import/", include("portfolio.exchange.pages.urls")),
    path("", include("portfolio.desk.pilot_urls")),
    path("stalled/", include("portfolio.desk.stalled.urls")),
    path("people/", include("portfolio.desk.people.urls")),
    path("funnel/", include("portfolio.dashboards.urls")),
    path("pace/", include("portfolio.pace.urls")),
    path("value/", include("portfolio.dashboards.value.urls")),
    path("", include("portfolio.steering.urls")),
    path("", include("portfolio.benchmarks.urls")),
    path("", include("portfolio.digests.urls")),
    path("api/v1/", include("portfolio.api.urls")),
    re_path(r"^api(?:/.*)?$", unknown_address, name="api_unknown"),
]

handler400 = "portfolio.api.errors.bad_request"
handler403 = "portfolio.api.errors.permission_denied"
handler404 = "portfolio.api.errors.page_not_found"
handler500 = "portfolio.api.errors.server_error"
