"""KPI values are exact decimals, and what is no number is refused with 400 (promise D9).

Each number goes API → database → CSV → API and comes back as the same number. With HEADWAY_LONG=1, 10,000.
Readings go API → database → API.
"""

import csv
import io
import random
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpis.actions.kpi import NewKpi, define_kpi
from kpis.models import Kpi, Measurement
from kpis.oneline import read_kpi
from pilots.models import Pilot
from tests.faults.place import LONG

pytestmark = pytest.mark.long

VALUES = 10_000 if LONG else 60
EDGES = ["0.000001", "99999999999999.9", "-999999999.999999", "0.1", "1000000", "-0.5", "7.10"]
NO_NUMBERS = [
    "NaN",
    "Infinity",
    "-Infinity",
    "1e400",
    "1e5",
    "9" * 40,
    "0." + "1" * 40,
    "123456789012345",
    "0.0000001",
    "99999999999999.999999",  # as a float, which SQLite keeps, it is 100000000000000
    "1.2.3",
    "0x10",
    "1_000",
    "--5",
]


def numbers(count, seed=9):
    """Return pairs of numbers that differ, as people write them: the edges first, then random ones."""
    dice = random.Random(seed)

    def number():
        places = dice.randint(0, 6)
        whole = dice.randint(0, 10 ** dice.randint(1, min(14, 15 - places)) - 1)
        sign = dice.choice(["", "-"])
        return f"{sign}{whole}" + (f".{dice.randint(0, 10**places - 1):0{places}d}" if places else "")

    pairs = [(one, "1") for one in EDGES]
    while len(pairs) < count // 2:
        one, two = number(), number()
        if Decimal(one) != Decimal(two):
            pairs.append((one, two))
    return pairs


def plain(number):
    """Return a number in the one way in which the API writes it."""
    value = Decimal(number).normalize()
    return f"{value + 0:f}"


def test_numbers_come_back_as_they_went_in(api, client, manager, program):
    pairs = numbers(VALUES)
    for row, (baseline, target) in enumerate(pairs):
        line = f"Time {baseline} → {target} min"
        sent = {"program": "claims", "name": f"P{row}", "problem": "x", "stage": "idea", "kpi": line}
        answer = api.post("pilots/", sent)
        assert answer.status_code == 201, (line, answer.data)
        kpi = answer.data["kpis"][0]
        assert (kpi["baseline"], kpi["target"]) == (plain(baseline), plain(target))

    expected = {(Decimal(baseline), Decimal(target)) for baseline, target in pairs}
    assert set(Kpi.objects.values_list("baseline", "target")) == expected

    client.force_login(manager)
    file = client.get("/pilots/export/?format=csv")
    text = (b"".join(file.streaming_content) if file.streaming else file.content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == len(pairs)
    written = {(Decimal(row["KPI baseline"]), Decimal(row["KPI target"])) for row in rows}
    assert written == expected

    for row in rows[:: max(1, len(rows) // 500)]:
        kpi = api.get(f"pilots/{row['Key']}/").data["kpis"][0]
        assert (Decimal(row["KPI baseline"]), Decimal(row["KPI target"])) == (
            Decimal(kpi["baseline"]),
            Decimal(kpi["target"]),
        )
    print(f"{2 * len(pairs)} values, API → database → CSV → API: 0 drift")


@pytest.mark.parametrize("number", NO_NUMBERS)
@pytest.mark.parametrize("line", ["Time {} → 9 min", "Time 14 → {} min"])
def test_what_is_no_number_is_a_400(api, program, line, number):
    sent = {"program": "claims", "name": "P", "problem": "x", "stage": "idea", "kpi": line.format(number)}

    answer = api.post("pilots/", sent)

    assert (answer.status_code, answer.data["errors"][0]["pointer"]) == (400, "/kpi")
    assert Pilot.objects.count() == 0


@pytest.mark.parametrize("literal", [b"NaN", b"Infinity", b"1e400", b"9" * 40, b"[14, 9]", b"14.5"])
def test_bare_json_numbers_are_a_400(api, program, literal):
    sent = b'{"program": "claims", "name": "P", "problem": "x", "stage": "idea", "kpi": ' + literal + b"}"

    assert api.post("pilots/", sent).status_code == 400
    assert Pilot.objects.count() == 0


# --- Readings ------------------------------------------------------------------------------

PUSH = "pilots/CLM-1/kpis/handling-time/measurements/"


@pytest.fixture
def measured(make_pilot, by_system):
    return define_kpi(NewKpi(pilot=make_pilot(), line=read_kpi("Handling time 14 → 9 min")), by=by_system)


@st.composite
def readable(draw):
    """Return a number Headway can hold, as people and programs write it."""
    places = draw(st.integers(0, 6))
    whole = draw(st.integers(0, 10 ** min(14, 15 - places) - 1))
    digits = f".{draw(st.integers(0, 10**places - 1)):0{places}d}" if places else ""
    return f"{draw(st.sampled_from(['', '-']))}{whole}{digits}"


def sent_as(number, *, is_text):
    value = f'"{number}"' if is_text else number
    return f'{{"provenance": "live", "value": {value}}}'.encode()


@settings(max_examples=VALUES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(numbers=st.lists(st.tuples(readable(), st.booleans()), min_size=1, max_size=5))
def test_readings_come_back_as_they_went_in(api, measured, numbers):
    """API → database → API: as text and as a number of JSON, to the last digit."""
    for number, is_text in numbers:
        pushed = api.post(PUSH, sent_as(number, is_text=is_text))
        assert pushed.status_code == 201, (number, pushed.data)
        stored = Measurement.objects.get(pk=pushed.data["id"])
        read = api.get(f"measurements/{stored.pk}/").data

        assert stored.value == Decimal(number)
        assert pushed.data["value"] == read["value"] == plain(number)


@pytest.mark.parametrize("number", NO_NUMBERS)
def test_a_reading_that_is_no_number_is_a_400(api, measured, number):
    answers = [
        api.post(PUSH, sent_as(number, is_text=True)),
        api.post(
            "measurements/bulk/",
            {"measurements": [{"kpi": "CLM-1/handling-time", "value": number, "provenance": "live"}]},
        ),
    ]

    assert [(answer.status_code, answer.data["errors"][0]["pointer"]) for answer in answers] == [
        (400, "/value"),
        (400, "/measurements/0/value"),
    ]
    assert not Measurement.objects.exists()


@pytest.mark.parametrize(
    "literal", ["NaN", "Infinity", "-Infinity", "1e400", "9" * 40, f"0.{'1' * 40}", "1.00000000000000000001"]
)
def test_a_bare_number_that_cannot_be_held_is_a_400(api, measured, literal):
    assert api.post(PUSH, sent_as(literal, is_text=False)).status_code == 400
    assert not Measurement.objects.exists()


def test_a_number_kept_as_a_float_would_drift():
    """The control: the same numbers through binary floats do not all come back."""
    assert [one for one, _ in numbers(VALUES) if Decimal(float(one)) != Decimal(one)] != []
