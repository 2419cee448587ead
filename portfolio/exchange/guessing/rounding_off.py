"""Brings into agreement what columns mean together: a KPI and its figures, a milestone and its days."""

from dataclasses import replace

from portfolio.exchange.guessing.giving import Giving
from portfolio.exchange.guessing.spelling import quoted

FIGURES = ("kpi_baseline", "kpi_target", "kpi_unit")
OF_MILESTONE = ("milestone_due", "milestone_done", "milestone_owner")


def round_off(giving: Giving) -> None:
    _kpis(giving)
    for code in OF_MILESTONE:
        if not giving.has("milestone_title"):
            _leave_out(giving, code, "It could belong to a milestone, but no column names one.")
    if not giving.has("program"):
        _leave_out(giving, "prefix", "It could be a program’s abbreviation, but no column names the program.")


def _kpis(giving: Giving) -> None:
    if giving.has("kpi_target") and giving.has("kpi_line") and not giving.has("kpi_name"):
        line = giving.bearing("kpi_line")[0]
        giving.given[line.key] = replace(line, code="kpi_name")
    if giving.has("kpi_name") and not giving.has("kpi_target"):
        named = giving.bearing("kpi_name")[0]
        _as_line(giving, named.key)
    if giving.has("kpi_line") and not giving.has("kpi_name"):
        line = giving.bearing("kpi_line")[0]
        _as_line(giving, line.key)
    if not giving.has("kpi_name"):
        for code in FIGURES:
            _leave_out(giving, code, "It could be a figure of a KPI, but no column names the KPI.")


def _as_line(giving: Giving, key: str) -> None:
    """Take a column for KPIs in one line when most of its cells hold figures, else leave it out."""
    candidate = giving.given[key]
    if candidate.cells.is_blank:
        return
    figures = sum(any(sign.isdigit() for sign in text) for text in candidate.cells.texts)
    if giving.has("kpi_line") and candidate.code != "kpi_line":
        giving.leave(key, "It names a KPI, but no column holds its target.")
    elif figures * 2 >= len(candidate.cells.texts):
        why = "It holds figures, perhaps a KPI and its target in one line."
        giving.given[key] = replace(candidate, code="kpi_line", is_vague=True, why=why)
    else:
        example = quoted(candidate.cells.texts[:1])
        giving.leave(key, f"It names a KPI ({example}), but nothing says its target, so it is not imported.")


def _leave_out(giving: Giving, code: str, why: str) -> None:
    for candidate in giving.bearing(code):
        if not candidate.cells.is_blank:
            giving.leave(candidate.key, why)
