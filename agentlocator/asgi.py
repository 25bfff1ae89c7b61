"""One ASGI application for every role.

`ROLE=web` serves pages, API and staff sockets; `ROLE=media` carriers' webhooks and audio; unset serves
both, which is what a single process (uvicorn, daphne or runserver) runs. The media socket stands outside
any origin check and session: carriers send neither; its gate is the single-use token. The staff's socket is
for our own pages and for members of the business that their session works in.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "agentlocator.settings")

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.sessions import CookieMiddleware
from django.core.asgi import get_asgi_application

from agentlocator.runtime import services

_pages = get_asgi_application()  # also sets Django up, which the imports below need
services.hold()  # under `manage.py` they run already; a bare uvicorn or daphne starts them here

from django.urls import path

from agentlocator import practice
from agentlocator.own_origin import OwnOriginValidator
from calls import preconnect
from calls.clock import Clock
from calls.consumer import MediaSocket
from calls.live.socket import LiveSocket
from whatsapp.pages.socket import InboxSocket

practice.install()
clock = Clock()

application = ProtocolTypeRouter(
    {
        "http": practice.with_carrier_stand_in(preconnect.beside(_pages, clock)),
        "websocket": practice.with_carrier_stand_in(
            URLRouter(
                [
                    path("ws/twilio/media", MediaSocket(clock)),  # type: ignore[arg-type, list-item]  # a plain ASGI application
                    path("ws/calls/live/", OwnOriginValidator(CookieMiddleware(LiveSocket.as_asgi()))),  # type: ignore[arg-type, list-item]  # as above
                    path("ws/inbox/", OwnOriginValidator(CookieMiddleware(InboxSocket.as_asgi()))),  # type: ignore[arg-type, list-item]  # as above
                ]
            )
        ),
    }
)
