"""Addresses of what leaves the building; `portfolio.steering.urls` includes them."""

from django.urls import path

from portfolio.steering.out import views
from portfolio.steering.share import views as share

urlpatterns = [
    path("steering-pack/<int:pk>/print/", views.pack_print, name="pack_print"),
    path("steering-pack/<int:pk>/pdf/", views.pack_pdf, name="pack_pdf"),
    path("steering-pack/<int:pk>/pptx/", views.pack_pptx, name="pack_pptx"),
    path("steering-pack/<int:pk>/share/", share.pack_share, name="pack_share"),
    path("steering-pack/<int:pk>/share/<int:row>/revoke/", share.pack_share_revoke, name="pack_share_revoke"),
    path("settings/sharing/", share.settings_sharing, name="settings_sharing"),
    path("s/<str:token>/", share.shared, name="shared"),
]
