from django.urls import path

from portfolio.pace import views

app_name = "pace"

urlpatterns = [
    path("", views.pace, name="pace"),
]
