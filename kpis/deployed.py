"""Says which pilots are only deployed, as one condition: the list, the funnel and Value count by it.

The rule is `kpis.loop.missing_loop_parts`; tests hold the two against each other.
"""

from django.db.models import Exists, OuterRef, Q

from kpis.evaluation import is_evaluated
from kpis.models import FeedbackLoop, Kpi
from pilots.conditions import CONDITIONS
from pilots.lifecycle import RUNNING


def register() -> None:
    CONDITIONS.add("deployed", is_deployed)


def is_deployed() -> Q:
    """Return the condition on pilots: in production now, and a part of the loop is missing (S0-17).

    Of a pilot that is measured by nothing here, nobody knows whether it has one: it is not called so.
    """
    loops = FeedbackLoop.objects.filter(pilot=OuterRef("pk"))
    kpis = Kpi.objects.in_use().filter(pilot=OuterRef("pk"))
    linked = loops.exclude(truth_source="").exclude(linkage_key="")
    rhythmic = linked.filter(retrain_every_days__isnull=False)
    running = Q(stage__in=[stage.value for stage in RUNNING])
    is_known = Q(Exists(loops)) | Q(Exists(kpis))
    return running & is_known & ~(Q(Exists(rhythmic)) & is_evaluated())
