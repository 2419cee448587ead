from django.urls import path

from portfolio.desk.people import accept, contact, deactivate, views
from portfolio.exchange.export import views as export

app_name = "people"

urlpatterns = [
    path("", views.people, name="people"),
    path("export/", export.people, name="people_export"),
    path("invite/", views.invite, name="invite"),
    path("yours/", accept.yours, name="yours"),
    path("accept/<str:token>/", accept.accept, name="accept"),
    path("invitations/<int:invitation>/withdraw/", views.withdraw, name="withdraw"),
    path("<int:owner>/edit/", contact.edit, name="edit"),
    path("<int:owner>/deactivate/", deactivate.deactivate, name="deactivate"),
    path("<int:owner>/reactivate/", deactivate.reactivate, name="reactivate"),
    path("<int:owner>/link/", contact.link, name="link"),
    path("<int:owner>/unlink/", contact.unlink, name="unlink"),
]
