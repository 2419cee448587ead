"""Turns what a person chose in the browser into a mapping's plain form (docs/mapping-file.md), and back.

A shipped or hand-written mapping can say more than the browser shows; `keeps` carries that over.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as AnyMapping
from typing import Any

from pilots.access.roles import OwnerRole
from portfolio.exchange.cells import ShortMonth, Slashes
from portfolio.exchange.choices import Chosen, Decimal, MoreSheet, Sections
from portfolio.exchange.findings import CannotImport
from portfolio.exchange.meanings import Meaning, meanings, meanings_of_more

Plain = dict[str, Any]
Columns = AnyMapping[str, str]

OF_PILOT = ("name", "reference", "decide_by", "confidential")
SEVERAL_OF_PILOT = ("problem", "unit", "vendor", "contract", "tags")
OF_PROGRAM = {"column": "program", "prefix": "prefix"}
OF_KPI = {"name": "kpi_name", "baseline": "kpi_baseline", "target": "kpi_target", "unit": "kpi_unit"}
OF_MILESTONE = {
    "title": "milestone_title",
    "due": "milestone_due",
    "done": "milestone_done",
    "owner": "milestone_owner",
}
GO_LIVE = "Go-live"
REFUSE = "refuse"
MARKS_AT_MOST = 12


class BadChoice(CannotImport):
    """The choices contradict each other; the message is a sentence that names the columns."""


# --- What is still missing ------------------------------------------------------


def complaints(chosen: Chosen) -> tuple[str, ...]:
    """Return what must be chosen otherwise before anything can be read, in sentences for the person."""
    said = [*_given_twice(chosen.columns, meanings()), *_incomplete(chosen.columns)]
    given = set(chosen.columns.values())
    if "name" not in given:
        said.append("No column is the pilot’s name. Choose one.")
    if "problem" not in given and not chosen.problem_when_blank:
        said.append("No column is the problem statement. Choose one, or say what stands where there is none.")
    if "stage" not in given and not chosen.stage_when_blank:
        said.append("No column is the stage. Choose one, or say one stage for all rows.")
    for sheet in chosen.more:
        found = [*_given_twice(sheet.columns, meanings_of_more()), *_incomplete(sheet.columns)]
        given = set(sheet.columns.values())
        if "pilot" not in given:
            found.append("No column says which pilot a row belongs to. Choose one.")
        if not given & {"kpi_line", "kpi_name", "milestone_title"}:
            found.append("No column is a KPI or a milestone. Choose one, or leave the sheet out.")
        if "kpi_line" in given and "kpi_name" in given:
            found.append("A sheet tells its KPIs in one line or in parts, not both. Choose one.")
        said += [f"Sheet “{sheet.sheet}”: {sentence}" for sentence in found]
    return tuple(said)


def _given_twice(columns: Columns, known: Iterable[Meaning]) -> list[str]:
    by_code = {meaning.code: meaning for meaning in known}
    said = []
    for code, times in Counter(code for code in columns.values() if code).items():
        meaning = by_code.get(code)
        if times > 1 and not (meaning and meaning.many):
            named = " and ".join(f"“{key}”" for key, given in columns.items() if given == code)
            said.append(f"{named} are both “{meaning.label if meaning else code}”. Only one column can be.")
    return said


def _incomplete(columns: Columns) -> list[str]:
    given = set(columns.values())
    said = []
    if given & {"kpi_baseline", "kpi_target", "kpi_unit"} and "kpi_name" not in given:
        said.append("There are figures of a KPI, but no column names it. Choose the one with the KPI’s name.")
    if "kpi_name" in given and "kpi_target" not in given:
        said.append("A KPI needs a target. Choose the column it stands in, or leave the KPI out.")
    if given & set(OF_MILESTONE.values()) and "milestone_title" not in given:
        said.append("There are days of a milestone, but no column names it. Choose the one with its name.")
    return said


# --- Into a mapping -------------------------------------------------------------


def plain_of(
    chosen: Chosen,
    *,
    title: str,
    register: str,
    header: Sequence[str],
    keeps: AnyMapping[str, Any] | None = None,
) -> Plain:
    """Return the mapping that says what was chosen; `header` are the keys of the sheet's columns in order.

    `keeps` is the mapping the choices began with: what the browser cannot show is taken over from it.
    Raises `BadChoice` where one meaning was given to two columns. What is missing is not checked here.
    """
    twice = _given_twice(chosen.columns, meanings())
    if twice:
        raise BadChoice(twice[0])
    by_code = _by_code(chosen.columns, header)
    plain: Plain = {
        "title": title,
        "register": register,
        "recognised_by": _marks(chosen.columns, header),
        "empty": list(chosen.empty),
        "yes": list(chosen.yes),
        "no": list(chosen.no),
        "too_long": "shorten" if chosen.shorten else "",
        "file": {
            "sheet": chosen.sheet,
            "header": chosen.header,
            "sections": "" if chosen.sections is Sections.ROWS else chosen.sections.value,
            "ignored": by_code.get("", []),
        },
        "program": {key: _one(by_code, code) for key, code in OF_PROGRAM.items()},
        "pilot": _pilot(chosen, by_code),
        "stage": {
            "column": _one(by_code, "stage"),
            "when_blank": chosen.stage_when_blank,
            "values": dict(chosen.stages) if "stage" in by_code else {},
        },
        "risk": _values(by_code, "risk", chosen.risks),
        "how_built": _values(by_code, "how_built", chosen.how_builts),
        "dates": _dates(chosen, by_code),
        "numbers": {"decimal": chosen.decimal.value if chosen.decimal else ""},
        "owner": _owners(by_code, takes_first=chosen.first_owner),
        "kpi": _kpis(by_code),
        "milestone": _milestones(by_code),
        "custom": [
            {"field": code.removeprefix("custom:"), "column": keys[0]}
            for code, keys in by_code.items()
            if code.startswith("custom:")
        ],
        "sheet": [_more(sheet) for sheet in chosen.more],
    }
    if keeps:
        _take_over(plain, keeps, chosen.columns)
    said: Plain = _without_blanks(plain)
    return said


def _by_code(columns: Columns, header: Sequence[str]) -> dict[str, list[str]]:
    """Return the columns of each meaning in the order of the header; "" for those not imported."""
    found: dict[str, list[str]] = {}
    for key in [*(key for key in header if key in columns), *(key for key in columns if key not in header)]:
        found.setdefault(columns[key], []).append(key)
    return found


def _one(by_code: AnyMapping[str, Sequence[str]], code: str) -> str:
    return next(iter(by_code.get(code, ())), "")


def _marks(columns: Columns, header: Sequence[str]) -> list[str]:
    """Return the columns by which the register is known again: those that mean something.

    Keys that were made for repeated or blank titles stand in no header, so they are no marks.
    """
    written = [key for key in header if not _is_made(key, header)]
    return ([key for key in written if columns.get(key)] or written or list(header))[:MARKS_AT_MOST]


def _is_made(key: str, header: Sequence[str]) -> bool:
    numbered = re.fullmatch(r"(.+) \(\d+\)", key, re.DOTALL)
    return bool(re.fullmatch(r"column \d+", key)) or bool(numbered and numbered[1] in header)


def _pilot(chosen: Chosen, by_code: AnyMapping[str, Sequence[str]]) -> Plain:
    single = {code: _one(by_code, code) for code in OF_PILOT}
    several = {code: list(by_code.get(code, ())) for code in SEVERAL_OF_PILOT}
    return {**single, **several, "problem_when_blank": chosen.problem_when_blank}


def _values(by_code: AnyMapping[str, Sequence[str]], code: str, words: Columns) -> Plain:
    return {"column": _one(by_code, code), "values": dict(words)} if code in by_code else {}


def _dates(chosen: Chosen, by_code: AnyMapping[str, Sequence[str]]) -> Plain:
    return {
        "slashes": chosen.slashes.value if chosen.slashes else "",
        "short_months": sorted(style.value for style in map(ShortMonth, chosen.short_months)),
        "fiscal_year_begins": chosen.fiscal_year_begins,
        "serials": chosen.serials,
        "column": [
            {"column": keys[0], "enters": code.removeprefix("date:")}
            for code, keys in by_code.items()
            if code.startswith("date:")
        ],
    }


def _owners(by_code: AnyMapping[str, Sequence[str]], *, takes_first: bool) -> list[Plain]:
    """Return an entry for each column of names; a role's addresses go with its first one."""
    alone = {"several": "first"} if takes_first else {}
    entries: list[Plain] = []
    for code, keys in by_code.items():
        kind, _, role = code.partition(":")
        if kind == "owner":
            email = _one(by_code, f"owner_email:{role}")
            one = alone if role == OwnerRole.PRODUCTION_OWNER else {}
            entries.append({"role": role, "name": keys[0], "email": email, **one})
            entries += [{"role": role, "name": key} for key in keys[1:]]
        elif kind == "owner_email" and f"owner:{role}" not in by_code:
            entries.append({"role": role, "email": keys[0]})
    return entries


def _kpis(by_code: AnyMapping[str, Sequence[str]]) -> list[Plain]:
    line = _one(by_code, "kpi_line")
    return [*([{"line": line}] if line else []), *_parts(by_code, OF_KPI)]


def _milestones(by_code: AnyMapping[str, Sequence[str]]) -> list[Plain]:
    planned = _one(by_code, "go_live_due")
    return [*_parts(by_code, OF_MILESTONE), *([{"called": GO_LIVE, "due": planned}] if planned else [])]


def _parts(by_code: AnyMapping[str, Sequence[str]], codes: Columns) -> list[Plain]:
    found = {key: _one(by_code, code) for key, code in codes.items() if code in by_code}
    return [found] if found else []


def _more(sheet: MoreSheet) -> Plain:
    twice = _given_twice(sheet.columns, meanings_of_more())
    if twice:
        raise BadChoice(f"Sheet “{sheet.sheet}”: {twice[0]}")
    by_code = _by_code(sheet.columns, list(sheet.columns))
    kpis = _kpis(by_code)
    if len(kpis) > 1:
        raise BadChoice(f"Sheet “{sheet.sheet}” tells its KPIs in one line or in parts, not both.")
    return {
        "name": sheet.sheet,
        "header": sheet.header,
        "ignored": by_code.get("", []),
        "pilot": _one(by_code, "pilot"),
        "kpi": kpis[0] if kpis else {},
        "milestone": next(iter(_parts(by_code, OF_MILESTONE)), {}),
    }


def _take_over(plain: Plain, keeps: AnyMapping[str, Any], columns: Columns) -> None:
    """Keep what only a mapping can say, as far as the columns it speaks of were not given another meaning."""
    for key in ("as_of", "encoding", "ambiguous", "leave_out"):
        if key in keeps:
            plain[key] = keeps[key]
    if plain["program"]["column"]:
        kept = keeps.get("program", {})
        plain["program"] |= {key: kept[key] for key in ("names", "when_blank") if key in kept}
    instead = {
        (rule.get("column"), rule.get("enters")): rule["instead"]
        for rule in keeps.get("dates", {}).get("column", [])
        if "instead" in rule
    }
    for rule in plain["dates"]["column"]:
        rule["instead"] = instead.get((rule["column"], rule["enters"]), {})
    for kind in ("kpi", "milestone"):
        for part in keeps.get(kind, []):
            names = [value for key, value in part.items() if key != "called"]
            if "called" in part and part not in plain[kind] and not any(map(columns.get, names)):
                plain[kind].append(dict(part))
                ignored = plain["file"]["ignored"]
                plain["file"]["ignored"] = [name for name in ignored if name not in names]


def _without_blanks(value: Any) -> Any:
    """Drop what says nothing, inside tables and lists of tables."""
    if isinstance(value, dict):
        kept = {key: _without_blanks(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item not in ("", 0, None, False, [], {}, ())}
    if isinstance(value, list):
        return [_without_blanks(item) for item in value]
    return value


# --- And back -------------------------------------------------------------------


def chosen_of(plain: AnyMapping[str, Any]) -> Chosen:
    """Return what a mapping says, as choices; `plain` is one that `mapping_reader.from_plain` accepts."""
    layout, stage, dates = plain.get("file", {}), plain.get("stage", {}), plain.get("dates", {})
    blank = stage.get("when_blank", "")
    decimal = plain.get("numbers", {}).get("decimal")
    return Chosen(
        sheet=layout.get("sheet", ""),
        header=layout.get("header", 1),
        sections=Sections(layout.get("sections", Sections.ROWS)),
        columns=_columns(plain),
        stages=dict(stage.get("values", {})),
        stage_when_blank="" if blank == REFUSE else blank,
        problem_when_blank=plain.get("pilot", {}).get("problem_when_blank", ""),
        risks=dict(plain.get("risk", {}).get("values", {})),
        how_builts=dict(plain.get("how_built", {}).get("values", {})),
        empty=_texts(plain.get("empty")),
        yes=_texts(plain.get("yes")),
        no=_texts(plain.get("no")),
        slashes=Slashes(dates["slashes"]) if "slashes" in dates else None,
        short_months=frozenset(ShortMonth(style) for style in _texts(dates.get("short_months"))),
        serials=dates.get("serials", False),
        fiscal_year_begins=dates.get("fiscal_year_begins", 0),
        decimal=Decimal(decimal) if decimal else None,
        shorten=plain.get("too_long") == "shorten",
        first_owner=any(item.get("several") == "first" for item in plain.get("owner", ())),
        more=tuple(_more_sheet(item) for item in plain.get("sheet", [])),
    )


def _texts(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


def _columns(plain: AnyMapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    pilot = plain.get("pilot", {})
    for code in OF_PILOT:
        found |= _meant(pilot, {code: code})
    for code in SEVERAL_OF_PILOT:
        found |= dict.fromkeys(_texts(pilot.get(code)), code)
    found |= _meant(plain.get("program", {}), OF_PROGRAM)
    for code in ("stage", "risk", "how_built"):
        found |= _meant(plain.get(code, {}), {"column": code})
    for rule in plain.get("dates", {}).get("column", []):
        found[rule["column"]] = f"date:{rule['enters']}"
    for owner in plain.get("owner", []):
        role = owner["role"]
        found |= _meant(owner, {"name": f"owner:{role}", "email": f"owner_email:{role}"})
    for entry in (*plain.get("kpi", []), *plain.get("milestone", [])):
        found |= _of_part(entry)
    for entry in plain.get("custom", []):
        found[entry["column"]] = f"custom:{entry['field']}"
    return found | dict.fromkeys(_texts(plain.get("file", {}).get("ignored")), "")


def _of_part(entry: AnyMapping[str, Any]) -> dict[str, str]:
    """Return what the columns of a KPI or a milestone mean; one with a name of its own shows in no list."""
    if set(entry) == {"called", "due"} and entry["called"] == GO_LIVE:
        return {entry["due"]: "go_live_due"}
    if "called" in entry:
        return {}
    return _meant(entry, {"line": "kpi_line", **OF_KPI, **OF_MILESTONE})


def _meant(table: AnyMapping[str, Any], codes: Columns) -> dict[str, str]:
    return {table[key]: code for key, code in codes.items() if table.get(key)}


def _more_sheet(item: AnyMapping[str, Any]) -> MoreSheet:
    columns = {
        **_meant(item, {"pilot": "pilot"}),
        **_meant(item.get("kpi", {}), {"line": "kpi_line", **OF_KPI}),
        **_meant(item.get("milestone", {}), OF_MILESTONE),
        **dict.fromkeys(_texts(item.get("ignored")), ""),
    }
    return MoreSheet(sheet=item["name"], header=item.get("header", 1), columns=columns)
