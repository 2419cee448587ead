"""Addresses of a dashboard with one filter changed, and of the list with exactly the pilots of a number."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Model
from django.http import QueryDict
from django.urls import reverse

from pilots.web.chips import without
from pilots.web.list_shapes import Problem
from portfolio.dashboards.filters import PARAMETERS
from portfolio.dashboards.words import Asks


@dataclass(frozen=True)
class Address:
    """What the address of a dashboard asks for: parameter and text, empty ones left out.

    `page` names the address; `besides` are parameters that choose what is shown, not which pilots.
    """

    asked: Mapping[str, str]
    page: str = "dashboards:funnel"
    besides: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        cleaned: Mapping[str, Any],
        *,
        page: str = "dashboards:funnel",
        besides: Mapping[str, str] | None = None,
    ) -> "Address":
        said = {name: _text(cleaned.get(name)) for name in PARAMETERS}
        return cls({name: text for name, text in said.items() if text}, page, besides or {})

    def with_(self, **changed: str) -> str:
        """Return the dashboard's address with some parameters changed; "" takes one out."""
        asked = {**self.besides, **self.asked, **changed}
        return _join(self.path, {name: text for name, text in asked.items() if text})

    @property
    def path(self) -> str:
        """The address that asks for nothing."""
        return reverse(self.page)

    @property
    def cleared(self) -> str:
        """The address that shows the same of all pilots."""
        return _join(self.path, self.besides)

    @property
    def here(self) -> str:
        return self.with_()

    @property
    def query(self) -> str:
        """What is asked as the end of an address."""
        return self.here.partition("?")[2]

    def without(self, *names: str) -> dict[str, str]:
        """Return the filters but some."""
        return {name: text for name, text in self.asked.items() if name not in names}

    def hidden(self, *names: str) -> dict[str, str]:
        """Return the parameters but some, for the hidden fields of a form that asks for those."""
        return {**self.besides, **self.without(*names)}

    def pilots(self, asks: Asks, *, entry: str) -> str:
        """Return the list of exactly the pilots that a number of this dashboard counts."""
        asked = {**self.asked, "entry": entry, **{name: ",".join(codes) for name, codes in asks.items()}}
        return _join(reverse("pilots:pilot_list"), asked)

    def changes(self, change: str, since: date, until: date) -> str:
        """Return the list of the pilots behind one line of what changed."""
        kept = self.without("entry", "cohort_from", "cohort_to", "matured_months", "as_of", "known_at")
        asked = {**kept, "changed_to": change, "changed_since": since.isoformat()}
        return _join(reverse("pilots:pilot_list"), {**asked, "changed_until": until.isoformat()})


def not_understood(
    asked: QueryDict,
    *,
    page: str = "dashboards:funnel",
    called: str = "The funnel",
    besides: Iterable[str] = (),
) -> list[Problem]:
    """Return what a dashboard does not know in an address: it would count other pilots than asked."""
    path, known = reverse(page), {*PARAMETERS, *besides}
    found = [(name, f"{called} has no filter “{name[:40]}”.") for name in asked if name not in known] + [
        (name, f"“{name}” stands in the address more than once. Leave one of them.")
        for name, values in asked.lists()
        if name in known and len(values) > 1
    ]
    return [Problem(sentence, without(asked, name, path=path)) for name, sentence in found]


def _text(value: Any) -> str:
    if isinstance(value, Model):
        return str(value.slug) if hasattr(value, "slug") else str(value.pk)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return "" if value is None else str(value)


def _join(path: str, asked: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(asked, safe=',:')}" if asked else path
