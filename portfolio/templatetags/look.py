"""What templates of every page need beyond the components (docs/look.md)."""

from functools import cache

from django import template
from django.core.paginator import Page
from django.forms import BaseForm, BoundField
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

UNKNOWN = SafeString('<span class="unknown">unknown</span>')


@register.filter
def known(value: object, words: str = "") -> object:
    """Return the value, or the word "unknown" (or others) with its dashed line. Zero and False are known."""
    if value is not None and value != "":
        return value
    return format_html('<span class="unknown">{}</span>', words) if words else UNKNOWN


@register.filter
@cache
def drawn_health(code: str) -> SafeString:
    """Return health as shape and word; made once for each, since a long list repeats the same few."""
    return render_to_string("partials/health.html", {"code": code})


@register.filter
def fields_with_errors(form: BaseForm) -> list[BoundField]:
    """Return the visible fields that need another look, in the order of the form."""
    return [field for field in form.visible_fields() if field.errors]


@register.filter
def page_numbers(page: "Page[object]") -> list[int | None]:
    """Return the numbers a pager shows: the ends and the neighbours, None where some are left out."""
    shown = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return [number if isinstance(number, int) else None for number in shown]
