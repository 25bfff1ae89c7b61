"""What the business answers when it is asked."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.tenancy import TenantModel


class FaqEntry(TenantModel):
    """One question with the owner's answer; `slug` is its id in the business file."""

    slug = models.SlugField(_("id"), max_length=40)
    question = models.CharField(_("question"), max_length=200)
    answer = models.TextField(_("answer"))
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("question and answer")
        verbose_name_plural = _("questions and answers")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["business", "slug"], name="faq_once")]

    def __str__(self) -> str:
        return self.question
