"""Reads what plans are made from in each program: the templates as they come, or as it shaped them."""

from collections.abc import Iterable, Mapping

from pilots.access.models import Program
from pilots.models import PlanTemplate
from pilots.plans import PlanShape, Template, from_data
from pilots.templates import TEMPLATES

Shapes = Mapping[Template, PlanShape]


def read_shapes(programs: Iterable[int]) -> dict[int, dict[Template, PlanShape]]:
    """Return the shape of every template in each program, by its id; one query."""
    found = {pk: dict(TEMPLATES) for pk in programs}
    for row in PlanTemplate.objects.filter(program__in=list(found)).order_by("pk"):
        found[row.program_id][Template(row.code)] = from_data(row.label, row.phases)
    return found


def shapes_of(program: Program) -> Shapes:
    return read_shapes([program.pk])[program.pk]
