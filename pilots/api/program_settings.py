"""What the addresses below one program share: whoever sees it reads them, whoever sets it up writes them."""

from typing import Any

from rest_framework.generics import get_object_or_404
from rest_framework.request import Request

from pilots.access.models import Program
from pilots.access.permissions import Deed, relation_to_program
from pilots.actions.change import require
from pilots.web.resources import ApiView
from pilots.web.serializers import StrictSerializer
from pilots.web.tokens import caller


class OfProgram(ApiView):
    program: Program

    def check_deed(self) -> None:
        user = caller(self.request)
        self.program = get_object_or_404(Program.objects.visible_to(user), slug=self.kwargs["slug"])
        if self.request.method not in {"GET", "HEAD"}:
            require(Deed.CONFIGURE, relation_to_program(user, self.program))

    def read(self, serializer: type[StrictSerializer], request: Request) -> dict[str, Any]:
        reading = serializer(data=request.data)
        reading.is_valid(raise_exception=True)
        values: dict[str, Any] = reading.validated_data
        return values
