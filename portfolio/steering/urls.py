from django.urls import path

from portfolio.steering import views
from portfolio.steering.out.urls import urlpatterns as out

app_name = "steering"

urlpatterns = [
    path("steering-pack/", views.pack_list, name="pack_list"),
    path("steering-pack/freeze/", views.pack_new, name="pack_new"),
    path("steering-pack/<int:pk>/", views.pack_detail, name="pack_detail"),
    path("steering-pack/<int:pk>/decide/<int:row>/", views.pack_decide, name="pack_decide"),
    path("steering-pack/<int:pk>/remove/", views.pack_remove, name="pack_remove"),
    *out,
]
