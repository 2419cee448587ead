"""The sections of Pace, in the order of their tabs."""

from importlib import import_module
from importlib.util import find_spec

from portfolio.pace.sections.section import Section

SECTIONS: tuple[Section, ...] = tuple(
    import_module(name).SECTION
    for name in (
        f"portfolio.pace.sections.{code}"
        for code in ("age", "time", "flow", "stages", "forecast", "waiting", "ends")
    )
    if find_spec(name)
)
