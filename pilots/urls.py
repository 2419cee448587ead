"""Pages of the ground floor; `portfolio.desk.pilot_urls` adds the one that also shows KPIs."""

from django.urls import path

from pilots.views import check_in, edit, history, hold, move, people, pilot_list
from pilots.web import keys  # noqa: F401 -- registers <key:…>

app_name = "pilots"

urlpatterns = [
    path("", pilot_list.pilot_list, name="pilot_list"),
    path("<key:key>/edit/", edit.pilot_edit, name="pilot_edit"),
    path("<key:key>/move/", move.pilot_move, name="pilot_move"),
    path("<key:key>/hold/", hold.pilot_hold, name="pilot_hold"),
    path("<key:key>/resume/", hold.pilot_resume, name="pilot_resume"),
    path("<key:key>/check-in/", check_in.pilot_check_in, name="pilot_check_in"),
    path("<key:key>/people/", people.pilot_people, name="pilot_people"),
    path("<key:key>/people/<int:row>/end/", people.ownership_end, name="ownership_end"),
    path("<key:key>/people/<int:row>/accept/", people.ownership_accept, name="ownership_accept"),
    path("<key:key>/history/", history.pilot_history, name="pilot_history"),
    path("<key:key>/history/<int:row>/", history.transition_correct, name="transition_correct"),
]
