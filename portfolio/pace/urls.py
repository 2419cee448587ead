from django.urls import URLPattern

app_name = "pace"

urlpatterns: list[URLPattern] = []
