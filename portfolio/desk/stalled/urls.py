"""What is stuck, and how Headway decides that it is. Snooze and dispute: `pilots.urls.flag_pages`."""

from django.urls import path

from portfolio.desk.stalled.backtests import backtest
from portfolio.desk.stalled.rules import rule_edit, rules
from portfolio.desk.stalled.scorecard import scorecard
from portfolio.desk.stalled.views import stalled
from portfolio.exchange.export import views as export

app_name = "stalled"

urlpatterns = [
    path("", stalled, name="stalled"),
    path("export/", export.stalled, name="stalled_export"),
    path("scorecard/", scorecard, name="scorecard"),
    path("scorecard/export/", export.scorecard, name="scorecard_export"),
    path("rules/", rules, name="rules"),
    path("rules/<slug:rule>/", rule_edit, name="rule_edit"),
    path("rules/<slug:rule>/backtests/<int:pk>/", backtest, name="backtest"),
]
