"""Whether the cells of a column fit what its title says: points on top, points off, or no.

The scale is that of `titles.TITLE_POINTS`; `NO` rules a meaning out.
"""

from collections.abc import Callable

from portfolio.exchange.guessing.contents import Contents

NO = -1000
LONGEST_WORD = 60
FEW = 8


def fits(code: str, cells: Contents) -> int:
    """Return what the cells say for or against a meaning; a column without cells says nothing."""
    if cells.is_blank:
        return 0
    return _FITS[code.partition(":")[0]](cells)


def _is_a_date(cells: Contents) -> int:
    share = max(cells.dates, cells.serials, cells.dates + cells.serials)
    return 20 if share >= 0.7 else 5 if share >= 0.3 else NO


def _is_a_text(cells: Contents) -> bool:
    return max(cells.dates, cells.numbers, cells.addresses, cells.yes_or_no) < 0.5


def _name(cells: Contents) -> int:
    if not _is_a_text(cells) or cells.length > 150 or cells.length < 2 or cells.filled < 0.5:
        return NO
    if cells.different < 0.4 and len(cells.said) > FEW:
        return NO
    return 20 if cells.different >= 0.8 and cells.filled >= 0.9 else 0


def _reference(cells: Contents) -> int:
    if cells.length > 40 or cells.addresses or cells.dates > 0.5 or cells.yes_or_no > 0.5:
        return NO
    return 20 if cells.codes >= 0.8 else 5 if cells.codes >= 0.3 else -20


def _problem(cells: Contents) -> int:
    if not _is_a_text(cells) or cells.length < 12:
        return NO
    return 20 if cells.length >= 40 else 10 if cells.different > 0.7 else -15


def _stage(cells: Contents) -> int:
    if not cells.words or cells.dates > 0.5 or cells.numbers > 0.5 or cells.length > LONGEST_WORD:
        return NO
    if cells.lights > 0.5 or (cells.different > 0.7 and len(cells.said) > FEW and cells.stages < 0.5):
        return NO
    return 20 if cells.stages >= 0.5 else 5 if cells.stages > 0 else -25


def _group(cells: Contents) -> int:
    """Programs, units, vendors, tags: short texts that repeat."""
    if not _is_a_text(cells) or cells.length > 80:
        return NO
    return 10 if cells.different < 0.7 or len(cells.said) <= FEW else 0


def _unit(cells: Contents) -> int:
    return NO if cells.measures > 0.5 else _group(cells)


def _prefix(cells: Contents) -> int:
    return 10 if cells.length <= 12 and _is_a_text(cells) else NO


def _contract(cells: Contents) -> int:
    return NO if cells.length > 100 or cells.yes_or_no > 0.3 or cells.dates > 0.5 else 5


def _risk(cells: Contents) -> int:
    if not cells.words or cells.length > LONGEST_WORD:
        return NO
    known = cells.risks + cells.other_risks
    if cells.other_risks:
        return 5 if known >= 0.3 else NO
    return 20 if known >= 0.7 else 5 if known >= 0.3 else NO


def _how_built(cells: Contents) -> int:
    return 20 if cells.how_builts >= 0.6 else 0 if cells.how_builts >= 0.3 else NO


def _confidential(cells: Contents) -> int:
    return 20 if cells.yes_or_no >= 0.8 else NO


def _owner(cells: Contents) -> int:
    if max(cells.dates, cells.numbers, cells.yes_or_no) > 0.4 or cells.length > 100:
        return NO
    return 20 if cells.people >= 0.7 else 0 if cells.people >= 0.4 else -20


def _owner_email(cells: Contents) -> int:
    return 20 if cells.addresses >= 0.5 else NO


def _numbers(cells: Contents) -> int:
    return 20 if cells.numbers >= 0.6 else NO


def _kpi_line(cells: Contents) -> int:
    return NO if cells.numbers > 0.5 or cells.dates > 0.5 or cells.yes_or_no > 0.5 else 0


def _short_text(cells: Contents) -> int:
    return 10 if _is_a_text(cells) and cells.length <= 150 else NO


def _kpi_unit(cells: Contents) -> int:
    return 20 if cells.measures >= 0.5 else 0 if cells.length <= 15 and cells.numbers < 0.5 else NO


_FITS: dict[str, Callable[[Contents], int]] = {
    "name": _name,
    "reference": _reference,
    "problem": _problem,
    "stage": _stage,
    "program": _group,
    "prefix": _prefix,
    "unit": _unit,
    "vendor": _group,
    "contract": _contract,
    "risk": _risk,
    "how_built": _how_built,
    "decide_by": _is_a_date,
    "tags": _group,
    "confidential": _confidential,
    "date": _is_a_date,
    "owner": _owner,
    "owner_email": _owner_email,
    "kpi_line": _kpi_line,
    "kpi_name": _short_text,
    "kpi_baseline": _numbers,
    "kpi_target": _numbers,
    "kpi_unit": _kpi_unit,
    "milestone_title": _short_text,
    "milestone_due": _is_a_date,
    "milestone_done": _is_a_date,
    "go_live_due": _is_a_date,
    "milestone_owner": _owner,
    "pilot": _short_text,
    "custom": lambda cells: 0,
}
