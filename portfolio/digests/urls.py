"""The digest's own pages, and the short addresses its mail leads to."""

from django.urls import path

from portfolio.digests import answering, views

app_name = "digests"

urlpatterns = [
    path("digest/", views.digest, name="digest"),
    path("digest/stop/<str:token>/", views.stop, name="unsubscribe"),
    path("a/<str:token>/", answering.answer, name="answer"),
    path("a/<str:token>/given/", answering.answered, name="answered"),
    path("d/<str:token>/", answering.decide, name="decide"),
]
