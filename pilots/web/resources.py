"""What every view of the API shares: preconditions, limits, repeats, headers, strict parameters."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from pilots.access.permissions import Deed, Relation, may
from pilots.actions.change import require
from pilots.models import Pilot
from pilots.models.pilot import relations
from pilots.web.filters import StrictFilterBackend, check_parameters
from pilots.web.pagination import PARAMETERS
from pilots.web.problems import (
    LARGEST_BODY,
    LengthRequired,
    PreconditionFailed,
    PreconditionRequired,
    TooLarge,
)
from pilots.web.repeats import answer_repeatably
from pilots.web.serializers import PlainSerializer
from pilots.web.tokens import by_api, caller

ID = "[0-9]{1,18}"


class ApiView(APIView):
    """A view of the API. Closed by default: the settings name authentication and permission."""

    parameters: ClassVar[frozenset[str]] = frozenset()
    has_versions: ClassVar[bool] = False
    takes_readings: ClassVar[bool] = False  # open to tokens of the scope “measure”
    says_who: ClassVar[bool] = False  # tells the caller about itself, so any token may read it
    post: Any  # only where a view has one

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Answer in no zone until somebody is known; whatever happens, leave none to the next request."""
        with timezone.override(None):
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        # The middleware knows sessions only; a token is read here, and may be somebody else's.
        timezone.activate(ZoneInfo(caller(request).zone))
        handler = getattr(self, (request.method or "").lower(), None)
        if handler is None:  # answered with 405 in a moment
            return
        self.check_deed()
        check_parameters(request, self.known_parameters())
        self._check_body(request)
        self._check_precondition(request)
        if request.method == "POST" and "Idempotency-Key" in request.headers:
            self.post = partial(answer_repeatably, handler)

    def check_deed(self) -> None:
        """Ask the permission before anything is said about parameters, versions or the body."""

    def known_parameters(self) -> set[str]:
        return set(self.parameters)

    def _check_body(self, request: Request) -> None:
        if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
            raise LengthRequired
        if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
            raise TooLarge

    def _check_precondition(self, request: Request) -> None:
        if "If-Match" in request.headers:
            if not self._is_versioned() and request.headers["If-Match"].strip() != "*":
                raise PreconditionFailed("What is at this address has no versions. Leave If-Match out.")
        elif request.method in {"PUT", "DELETE"}:
            raise PreconditionRequired

    def _is_versioned(self) -> bool:
        """Return whether the address names one thing that has versions, rather than a collection."""
        return self.has_versions and bool(self.kwargs)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        final = super().finalize_response(request, response, *args, **kwargs)
        patch_cache_control(final, private=True, no_cache=True)
        patch_vary_headers(final, ["Authorization", "Cookie"])
        return final


class Resource(ApiView, GenericViewSet[Any]):
    """A collection. Its `queryset_for` starts from `visible_to`, so what is not visible is not there."""

    serializer_class: type[PlainSerializer]
    filterset_class: type | None = None
    lookup_value_regex = ID
    # What each action on one thing does to the pilot (or program) it belongs to; one of several will do.
    deeds: ClassVar[Mapping[str, tuple[Deed, ...]]] = {}
    _found: Model | None = None

    def get_queryset(self) -> QuerySet[Any]:
        return self.queryset_for(self.request)

    @abstractmethod
    def queryset_for(self, request: Request) -> QuerySet[Any]:
        """Return what the caller may see, beginning with `visible_to`."""

    def known_parameters(self) -> set[str]:
        if self.action != "list":
            return set()
        return StrictFilterBackend.names(self) | StrictFilterBackend.asked_of(self, self.request) | PARAMETERS

    def check_deed(self) -> None:
        deeds = self.deeds.get(self.action or "", ())
        if deeds:
            relation = self.relation_to(self.get_object())
            if not any(may(deed, relation) for deed in deeds):
                require(deeds[0], relation)

    def relation_to(self, found: Any) -> Relation:
        """Return how the caller stands to the pilot behind a row."""
        pilot = found if isinstance(found, Pilot) else found.pilot
        return relations(caller(self.request), [pilot])[pilot.pk]

    def get_object(self) -> Any:
        """Return what the address names, read once. Filters belong to lists and are not applied."""
        if self._found is None:
            self._found = self._find()
        return self._found

    def _find(self) -> Model:
        found: Model = get_object_or_404(
            self.get_queryset(), **{self.lookup_field: self.kwargs[self.lookup_field]}
        )
        return found

    def read(self) -> dict[str, Any]:
        """Return the body as the action's serializer reads it; raise a 400 with every fault."""
        serializer: BaseSerializer[Any] = self.get_serializer(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        values: dict[str, Any] = serializer.validated_data
        return values

    def created(self, shown: dict[str, Any], lookup: Any, **headers: str) -> Response:
        address = self.reverse_action("detail", args=[lookup])
        return Response(shown, status=201, headers={"Location": address, **headers})

    def by(self) -> Any:
        return by_api(self.request)


class ListResource(Resource):
    """A collection that is listed."""

    def list(self, request: Request, **lookup: str) -> Response:
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.shape_all(rows or []))

    def shape_all(self, rows: Sequence[Any]) -> Sequence[dict[str, Any]]:
        """Return rows as plain values; what lies in other tables is read for all of them at once."""
        shape = self.serializer_class().shape
        return [shape(row) for row in rows]


class ReadResource(ListResource):
    """A collection that is listed and read one by one."""

    def retrieve(self, request: Request, **lookup: str) -> Response:
        return Response(self.shape_all([self.get_object()])[0])
