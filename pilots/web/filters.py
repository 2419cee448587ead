"""Filters lists of the API; a parameter nobody knows is an error, not a wider list."""

from typing import Any

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.request import Request
from rest_framework.views import APIView

from pilots.web.problems import BadQuery, Fault


class StrictFilterBackend(DjangoFilterBackend):  # type: ignore[misc]  # django-filter is untyped
    """Filters by the view's `filterset_class`; wrong values answer 400 and name their parameter."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        if not self.asked_of(view, request):
            return queryset  # building forty form fields takes longer than reading a page
        filterset = self.get_filterset(request, queryset, view)
        if not filterset.is_valid():
            raise BadQuery(faults_of(filterset))
        view.filterset = filterset  # type: ignore[attr-defined]  # a list of a past day is shaped by it
        filtered: QuerySet[Any] = filterset.qs
        return filtered

    @classmethod
    def asked_of(cls, view: Any, request: Request) -> set[str]:
        """Return the parameters of a request that a view filters by, those of custom fields too."""
        filterset, asked = getattr(view, "filterset_class", None), set(request.query_params)
        prefix = getattr(filterset, "prefix_of_fields", None)
        of_fields = {name for name in asked if prefix and name.startswith(prefix)}
        return cls.names(view).intersection(asked) | of_fields

    @staticmethod
    def names(view: Any) -> set[str]:
        """Return the parameters a view filters by."""
        filterset = getattr(view, "filterset_class", None)
        return set(filterset.base_filters) if filterset else set()


def faults_of(filterset: Any) -> list[Fault]:
    """Return what is wrong with the values of a filterset, each with its parameter."""
    return [
        Fault(f"?{name}", error.code or "invalid", sentence)
        for name, errors in filterset.errors.as_data().items()
        for error in errors
        for sentence in error.messages
    ]


def check_parameters(request: Request, known: set[str]) -> None:
    """Refuse parameters an address does not know, and one sent twice: only one could count."""
    faults = []
    for name, values in request.query_params.lists():
        if name not in known:
            listed = f"Known here: {', '.join(sorted(known))}." if known else "This address takes none."
            faults.append(Fault(f"?{name}", "unknown-parameter", f"“{name[:40]}” is no parameter. {listed}"))
        elif not values[0].strip():
            sentence = f"“{name}” is empty. Leave it out, or give it a value."
            faults.append(Fault(f"?{name}", "empty", sentence))
        elif len(values) > 1:
            faults.append(
                Fault(f"?{name}", "repeated", f"“{name}” was sent {len(values)} times. Send it once.")
            )
    if faults:
        raise BadQuery(faults)
