"""What every form carries unseen: Django's token, and the business that the form was made in."""

from __future__ import annotations

from django import template
from django.template.base import Parser, Token
from django.template.defaulttags import CsrfTokenNode
from django.utils.html import format_html

from crm.strayed import FIELD, key_of

register = template.Library()


class FormTokens(CsrfTokenNode):
    """Goes where `{% csrf_token %}` stands, which no form can do without: so no form forgets the second either."""

    def render(self, context: template.Context) -> str:
        token = super().render(context)
        request = getattr(context, "request", None)
        if not token or request is None or not (key := key_of(request)):
            return token
        return format_html('{}<input type="hidden" name="{}" value="{}">', token, FIELD, key)


@register.tag("csrf_token")
def form_tokens(parser: Parser, token: Token) -> FormTokens:
    return FormTokens()
