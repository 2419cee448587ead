"""The rules about KPIs, readings and money; each module adds its own to the one list."""

from dataclasses import replace

from kpis.rules.after import AFTER
from kpis.rules.definition import DEFINITION
from kpis.rules.evaluation import EVALUATION
from kpis.rules.loop import LOOP
from kpis.rules.money import MONEY
from kpis.rules.readings import READINGS
from kpis.rules.real_data import REAL_DATA
from kpis.worth import Worth
from pilots.rules import RULES

OF_WORTH = (*DEFINITION, *READINGS, *REAL_DATA, *EVALUATION, *LOOP, *AFTER, *MONEY)


def register() -> None:
    """Add the rules of this floor to the engine's list; all of them read its facts."""
    RULES.add(*(replace(rule, floor=Worth) for rule in OF_WORTH))
