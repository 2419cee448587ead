from pilots.access.models import Event
from pilots.actions.export import LONGEST_QUERY, Export, record_export


def test_export_is_noted_with_who_what_and_how_many(by, program):
    record_export(Export(list="stalled", format="xlsx", rows=7, asked="rule=R-01", program=program), by=by)

    event = Event.objects.get(verb="list.exported")
    assert (event.actor, event.at, event.subject, event.program) == (by.user, by.at, "stalled", program)
    assert event.after == {"rows": 7, "format": "xlsx", "asked": "rule=R-01"}
    assert (event.pilot_id, event.movement, event.before) == (None, "", {})


def test_long_query_is_cut(by):
    record_export(Export(list="pilots", format="csv", rows=0, asked="x" * 9000), by=by)

    assert Event.objects.get(verb="list.exported").after["asked"] == "x" * LONGEST_QUERY
