"""The sections of Pace, in the order of their tabs."""

from portfolio.pace.sections import age, ends, flow, forecast, stages, time, waiting
from portfolio.pace.sections.section import Section

_IN_ORDER = (age, time, flow, stages, forecast, waiting, ends)
SECTIONS: tuple[Section, ...] = tuple(module.SECTION for module in _IN_ORDER)
