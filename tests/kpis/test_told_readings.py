"""What history says of readings."""

from pilots.access.models import Event, Source
from pilots.web.told import tell
from tests.conftest import NOW


def say(verb, **values):
    return tell(Event(verb=verb, at=NOW, source=Source.API.value, **values)).what


def one(name, **values):
    return {"kpi": name, "readings": 1, "value": "9.4", "unit": "min", "provenance": "live"} | values


def test_many_readings_of_many_kpis_stay_one_sentence():
    kpis = [
        one("Handling time", readings=1200),
        one("Letters", unit=""),
        one("Cost", value="0", unit="EUR", provenance="demo"),
        one("Errors"),
        one("Latency"),
    ]

    assert say("measurement.recorded", after={"kpis": kpis}) == (
        "logged 1,200 readings of Handling time, newest 9.4 min (live); Letters 9.4 (live); "
        "Cost 0 EUR (demo); and readings of 2 more"
    )


def test_events_that_say_little_are_still_told():
    assert [
        say("measurement.recorded"),
        say("measurement.corrected"),
        say("measurement.withdrawn", before={"kpi": "Cost", "value": "3"}),
    ] == ["logged readings", "corrected a reading of a KPI", "withdrew a reading of Cost: 3"]
