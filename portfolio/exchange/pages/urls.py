"""Below /pilots/import/: the way of a file from the browser into the portfolio."""

from django.urls import path

from portfolio.exchange.pages import columns, done, file, mapping, preview, sheet, values

app_name = "exchange"

urlpatterns = [
    path("", file.import_list, name="import_list"),
    path("<int:pk>/", file.import_detail, name="import_detail"),
    path("<int:pk>/file/", file.import_file, name="import_file"),
    path("<int:pk>/drop/", file.import_drop, name="import_drop"),
    path("<int:pk>/sheet/", sheet.import_sheet, name="import_sheet"),
    path("<int:pk>/columns/", columns.import_columns, name="import_columns"),
    path("<int:pk>/mapping.toml", mapping.import_mapping, name="import_mapping"),
    path("<int:pk>/values/", values.import_values, name="import_values"),
    path("<int:pk>/preview/", preview.import_preview, name="import_preview"),
    path("<int:pk>/report/", preview.import_report, name="import_report"),
    path("<int:pk>/done/", done.import_done, name="import_done"),
    path("<int:pk>/undo/", done.import_undo, name="import_undo"),
]
