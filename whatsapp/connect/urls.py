"""`/connections/whatsapp/`."""

from django.urls import path

from whatsapp.connect import views

app_name = "whatsapp_connect"
urlpatterns = [
    path("", views.index, name="index"),
    path("state/", views.state, name="state"),
    path("use/<slug:provider>/", views.use, name="use"),
    path("phone/begin/", views.begin, name="begin"),
    path("phone/restart/", views.restart, name="restart"),
    path("phone/stop/", views.stop, name="stop"),
    path("phone/code/", views.code, name="code"),
    path("phone/disconnect/", views.disconnect, name="disconnect"),
    path("twilio/number/", views.number, name="number"),
    path("twilio/check/", views.check, name="check"),
    path("twilio/point/", views.point, name="point"),
]
