"""Addresses of the funnel with one filter changed, and of the list with exactly the pilots of a number."""

from collections.abc import Mapping
from dataclasses import dataclass
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
    """What the address of the funnel asks for: parameter and text, empty ones left out."""

    asked: Mapping[str, str]

    @classmethod
    def of(cls, cleaned: Mapping[str, Any]) -> "Address":
        said = {name: _text(cleaned.get(name)) for name in PARAMETERS}
        return cls({name: text for name, text in said.items() if text})

    def with_(self, **changed: str) -> str:
        """Return the funnel's address with some parameters changed; "" takes one out."""
        asked = {name: text for name, text in ({**self.asked, **changed}).items() if text}
        return _join(reverse("dashboards:funnel"), asked)

    @property
    def here(self) -> str:
        return self.with_()

    @property
    def query(self) -> str:
        """What is asked as the end of an address."""
        return self.here.partition("?")[2]

    def without(self, *names: str) -> dict[str, str]:
        """Return the parameters but some, for the hidden fields of a form that asks for those."""
        return {name: text for name, text in self.asked.items() if name not in names}

    def pilots(self, asks: Asks, *, entry: str) -> str:
        """Return the list of exactly the pilots that a number of this funnel counts."""
        asked = {**self.asked, "entry": entry, **{name: ",".join(codes) for name, codes in asks.items()}}
        return _join(reverse("pilots:pilot_list"), asked)

    def changes(self, change: str, since: date, until: date) -> str:
        """Return the list of the pilots behind one line of what changed."""
        kept = self.without("entry", "cohort_from", "cohort_to", "matured_months", "as_of", "known_at")
        asked = {**kept, "changed_to": change, "changed_since": since.isoformat()}
        return _join(reverse("pilots:pilot_list"), {**asked, "changed_until": until.isoformat()})


def not_understood(asked: QueryDict) -> list[Problem]:
    """Return what the funnel does not know in an address: it would count other pilots than were asked for."""
    path = reverse("dashboards:funnel")
    found = [
        (name, f"The funnel has no filter “{name[:40]}”.") for name in asked if name not in PARAMETERS
    ] + [
        (name, f"“{name}” stands in the address more than once. Leave one of them.")
        for name, values in asked.lists()
        if name in PARAMETERS and len(values) > 1
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
