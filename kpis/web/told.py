"""Gives the pilots' history its sentences for what happens on this floor."""

from kpis.web.told_definitions import DEFINITIONS
from kpis.web.told_loop import LOOP
from kpis.web.told_money import MONEY, WORDS
from kpis.web.told_readings import READINGS
from kpis.web.told_reports import REPORTS
from pilots.web.told import CHOICES, VERBS


def register() -> None:
    for verbs in (DEFINITIONS, READINGS, MONEY, REPORTS, LOOP):
        VERBS.update(verbs)
    CHOICES.update(WORDS)
