"""What happened to the reports about a pilot, in sentences."""

from datetime import date

from kpis.terms import ReportKind, Verdict
from pilots.access.models import Event
from pilots.calendar import Day
from pilots.web.told import Verb


def _report(event: Event) -> str:
    values = {**event.before, **event.after}
    kind = next((kind for kind in ReportKind if kind.value == values.get("kind")), None)
    name = kind.label if kind else "report"
    days = [_day(values.get(end)) for end in ("period_from", "period_to")]
    return f"{name[0].lower()}{name[1:]} about {' to '.join(days)}" if all(days) else name


def _day(text: object) -> str:
    try:
        return str(Day(date.fromisoformat(str(text))))
    except ValueError:
        return ""


def _published(event: Event) -> str:
    code = event.after.get("verdict")
    verdict = next((verdict for verdict in Verdict if verdict.value == code), None)
    return f"published the {_report(event)}{f': {verdict.label.lower()}' if verdict else ''}"


def _summary(event: Event) -> str:
    return str(event.after.get("summary", ""))


REPORTS: dict[str, Verb] = {
    "report.begun": Verb("plus", lambda event: f"began the {_report(event)}"),
    "report.edited": Verb("edit", lambda event: f"wrote in the {_report(event)}", shows=True),
    "report.published": Verb("check", _published, words=_summary),
    "report.removed": Verb("close", lambda event: f"removed the draft of the {_report(event)}"),
}
