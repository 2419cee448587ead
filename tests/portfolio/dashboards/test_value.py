"""What pilots cost, what they brought, how far they came: page, file and API say the same."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from kpis.actions.kpi import NewKpi, define_kpi
from kpis.models import FeedbackLoop, LedgerEntry, Measurement, ProgramMoney, Rate
from kpis.oneline import read_kpi
from pilots.lifecycle import Stage
from pilots.models import Pilot
from portfolio.dashboards.value.groups import Progress, progress_of
from tests.conftest import NOW, TODAY


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def enter():
    """Write down money of a pilot."""

    def enter(pilot, kind, amount, **fields):
        categories = {"cost": "compute", "benefit": "efficiency", "budget": ""}
        if fields.get("finding") or fields.get("commitment"):
            day = "checked_on" if fields.get("finding") else "decided_on"
            fields.setdefault(day, TODAY)
        fields.setdefault("basis", "planned" if kind == "budget" else "actual")
        return LedgerEntry.objects.create(
            pilot=pilot,
            kind=kind,
            category=categories[kind],
            amount=amount,
            currency=fields.pop("currency", "EUR"),
            phase=fields.pop("phase", "run"),
            period_from=fields.pop("period_from", date(2026, 10, 1)),
            period_to=fields.pop("period_to", date(2026, 10, 31)),
            entered_at=NOW,
            **fields,
        )

    return enter


@pytest.fixture
def measure(by):
    """Agree on a number, and note one reading of it."""

    def measure(pilot, value, provenance="live", line="Handling time 14 → 9 min", **fields):
        kpi = define_kpi(NewKpi(pilot=pilot, line=read_kpi(line)), by=by)
        for name, changed in fields.items():
            setattr(kpi, name, changed)
        kpi.save()
        if value is not None:
            Measurement.objects.create(
                kpi=kpi,
                measured_at=datetime(2026, 11, 1, 12, tzinfo=UTC),
                value=Decimal(value),
                provenance=provenance,
                entry="form",
                recorded_at=NOW,
            )
        return kpi

    return measure


@pytest.fixture
def portfolio(make_pilot, enter, measure):
    """Return four pilots, one for each place that money goes."""
    running = make_pilot("Call summaries", stage=Stage.PRODUCTION, since=date(2026, 5, 1))
    waiting = make_pilot("Claims triage", stage=Stage.PROVEN, since=TODAY - timedelta(days=61))
    stopped = make_pilot("Fraud letters", stage=Stage.STOPPED, since=date(2026, 6, 1))
    limited = make_pilot("Reserve hints", stage=Stage.LIMITED, since=date(2026, 10, 1))
    make_pilot("Nothing known")
    enter(running, "cost", 40_000)
    enter(running, "benefit", 30_000, finding="verified")
    enter(running, "benefit", 10_000)
    enter(running, "benefit", 99, finding="rejected")
    enter(waiting, "cost", 15_000)
    enter(waiting, "benefit", 20_000, basis="planned")
    enter(stopped, "cost", 45_000)
    enter(limited, "budget", 60_000, phase="production", commitment="deferred")
    measure(running, "8.5")
    measure(limited, "12")
    return {"running": running, "waiting": waiting, "stopped": stopped, "limited": limited}


@pytest.fixture
def page(client, manager):
    client.force_login(manager)
    return lambda query="": client.get(f"/value/{query}")


def _keys(response) -> list[str]:
    return [row.key for row in response.context["page"].rows]


def _said(figures) -> dict[str, str]:
    return {figure.label: figure.said for figure in figures}


@pytest.mark.parametrize(
    ("attainment", "progress"),
    [
        (None, Progress.NOT_KNOWN),
        (Decimal("-0.1"), Progress.NO_BETTER),
        (Decimal(0), Progress.NO_BETTER),
        (Decimal("0.01"), Progress.ON_THE_WAY),
        (Decimal("0.9999"), Progress.ON_THE_WAY),
        (Decimal(1), Progress.REACHED),
    ],
)
def test_progress_begins_above_the_baseline_and_ends_at_the_target(attainment, progress):
    assert progress_of(attainment) is progress


def test_page_says_what_was_spent_and_what_came_of_it(portfolio, page):
    shown = page().context["page"]
    [block] = shown.blocks

    assert block.sentence == "EUR 100,000 spent, EUR 30,000 of benefit verified."
    assert (block.roi, block.roi_note) == ("−70 %", "75 % of what is claimed is verified.")
    assert _said(block.spent) == {
        "In production": "EUR 40,000",
        "On the way there": "EUR 15,000",
        "Stopped before it": "EUR 45,000",
    }
    assert _said(block.benefits) == {
        "Verified": "EUR 30,000",
        "Claimed, not checked": "EUR 10,000",
        "Rejected": "EUR 99",
    }
    assert _said(block.budgets) == {"Deferred": "EUR 60,000"}
    assert shown.finding == "1 of 2 pilots with users reached the target of their primary KPI."
    assert shown.basis == "4 of 5 pilots have money written down; of the other 1 no money is known."


def test_waiting_costs_the_expected_benefit_for_the_days(portfolio, page):
    """20,000 in October's 31 days, 61 days waiting: (20,000 for one month) × 61 ÷ 30.44 (S0-25)."""
    [block] = page().context["page"].blocks

    assert block.delay.startswith("1 pilot shown to work has no users yet: about EUR ")
    [figure] = block.waiting
    assert (figure.label, figure.note) == ("CLM-2 Claims triage", "61 days")


def test_waiting_of_unknown_worth_is_said_not_counted(make_pilot, enter, page):
    pilot = make_pilot(stage=Stage.PROVEN, since=TODAY - timedelta(days=10))
    enter(pilot, "cost", 5)

    [block] = page().context["page"].blocks

    assert block.delay == (
        "1 pilot shown to work has no users yet. "
        "What that costs is not known: nobody wrote down what they are worth."
    )


@pytest.mark.parametrize(
    ("group", "keys"),
    [
        ("", ["CLM-3", "CLM-1", "CLM-2", "CLM-4"]),
        ("reached", ["CLM-1"]),
        ("on_the_way", ["CLM-4"]),
        ("no_better", []),
        ("not_known", []),
        ("production", ["CLM-1"]),
        ("before", ["CLM-2", "CLM-4"]),
        ("never", ["CLM-3"]),
        ("with_money", ["CLM-3", "CLM-1", "CLM-2", "CLM-4"]),
        ("spent", ["CLM-3", "CLM-1", "CLM-2"]),
        ("verified", ["CLM-1"]),
        ("unchecked", ["CLM-1"]),
        ("rejected", ["CLM-1"]),
        ("budget_committed", []),
        ("budget_deferred", ["CLM-4"]),
        ("budget_redirected", []),
        ("budget_released", []),
        ("budget_undecided", []),
        ("waiting", ["CLM-2"]),
        ("deployed", ["CLM-1"]),
    ],
)
def test_every_number_opens_exactly_its_pilots(group, keys, portfolio, page, api_of_manager):
    shown = page(f"?group={group}" if group else "")
    export = page(f"export/?group={group}&format=csv" if group else "export/?format=csv")
    machine = api_of_manager(f"value/?group={group}" if group else "value/")

    assert _keys(shown) == keys
    text = b"".join(export.streaming_content).decode("utf-8-sig")
    assert [row["Key"] for row in csv.DictReader(io.StringIO(text))] == keys
    assert machine["pilots"] == keys
    if group:
        counted = shown.context["page"].counted(shown.context["page"].group)
        assert counted == len(keys)


def test_numbers_of_the_page_link_to_their_pilots(portfolio, page):
    shown = page().context["page"]
    [block] = shown.blocks

    linked = [*block.headline, *block.delayed, *shown.based_on, *block.benefits, *block.budgets]
    assert [_named(piece) for piece in linked if piece.url] == [
        ("EUR 100,000", "spent"),
        ("EUR 30,000", "verified"),
        ("1 pilot", "waiting"),
        ("4", "with_money"),
        ("EUR 30,000", "verified"),
        ("EUR 10,000", "unchecked"),
        ("EUR 99", "rejected"),
        ("EUR 60,000", "budget_deferred"),
    ]
    text = page().text
    assert all(f'href="{piece.url}"' in text for piece in linked if piece.url)
    assert [row.pilots_url for row in shown.programs] == ["/value/?program=claims&group=with_money#pilots"]


def _named(piece):
    text = getattr(piece, "text", None) or piece.said
    return text, piece.url.removeprefix("/value/?group=").removesuffix("#pilots")


def test_roi_is_not_known_while_nobody_checked_a_benefit(make_pilot, enter, page, api_of_manager):
    pilot = make_pilot()
    enter(pilot, "cost", 100)
    enter(pilot, "benefit", 40)

    shown = page()
    assert shown.context["page"].blocks[0].roi == "not known"
    assert "ROI not known: nothing checked yet." in shown.text
    assert api_of_manager("value/")["money"][0]["roi"] is None
    text = b"".join(page("export/?format=csv").streaming_content).decode("utf-8-sig")
    assert [row["ROI, %"] for row in csv.DictReader(io.StringIO(text))] == [""]

    enter(pilot, "benefit", 40, finding="rejected")
    assert page().context["page"].blocks[0].roi == "−100 %"


@pytest.fixture
def api_of_manager(client, manager):
    def get(path):
        client.force_login(manager)
        return client.get(f"/api/v1/{path}").json()

    return get


def test_api_says_what_the_page_says(portfolio, api_of_manager):
    found = api_of_manager("value/")

    assert found["attainment"] == {"reached": 1, "on_the_way": 1, "no_better": 0, "not_known": 0}
    assert (found["denominator"], found["with_money"], found["deployed"]) == (5, 4, 1)
    [money] = found["money"]
    assert (money["currency"], money["roi"], money["verified_share"]) == ("EUR", "-0.7000", "0.7500")
    assert money["cost"] == {"amount": "100000.00", "unconverted": {}}
    assert {place: total["amount"] for place, total in money["spent"].items()} == {
        "production": "40000.00",
        "before": "15000.00",
        "never": "45000.00",
        "retired": None,
    }
    assert money["budgets"] == [
        {"commitment": "deferred", "total": {"amount": "60000.00", "unconverted": {}}}
    ]
    assert (money["delay"]["pilots"], money["delay"]["unknown"]) == (1, 0)


def test_currencies_never_mix(make_pilot, enter, page, program):
    pilot = make_pilot()
    enter(pilot, "cost", 100)
    enter(pilot, "cost", 70, currency="USD")

    [block] = page().context["page"].blocks
    assert (block.sentence, block.apart) == (
        "EUR 100 (and USD 70, no rate entered) spent, no benefit verified.",
        "USD 70",
    )

    Rate.objects.create(program=program, currency="USD", rate="0.5", since=date(2026, 1, 1), entered_at=NOW)
    [block] = page().context["page"].blocks
    assert (block.sentence, block.apart) == ("EUR 135 spent, no benefit verified.", "")


def test_what_has_no_rate_makes_no_sum_look_better_than_it_is(make_pilot, enter, page, api_of_manager):
    pilot = make_pilot()
    enter(pilot, "cost", 100)
    enter(pilot, "benefit", 150, finding="verified")
    [block] = page().context["page"].blocks
    assert (block.roi, block.roi_note) == ("50 %", "100 % of what is claimed is verified.")

    enter(pilot, "cost", 9000, currency="USD")
    enter(pilot, "benefit", 9000, currency="USD")

    [block] = page().context["page"].blocks
    assert block.roi == "not known"
    assert block.roi_note.startswith("How much of what is claimed is verified is not known")
    [money] = api_of_manager("value/")["money"]
    assert (money["roi"], money["verified_share"]) == (None, None)


def test_verified_benefit_without_a_rate_makes_roi_not_known(make_pilot, enter, page, api_of_manager):
    pilot = make_pilot()
    enter(pilot, "cost", 100)
    enter(pilot, "benefit", 150, finding="verified")
    enter(pilot, "benefit", 5000, finding="verified", currency="USD")

    [block] = page().context["page"].blocks
    assert (block.roi, block.apart) == ("not known", "USD 5,000")
    assert api_of_manager("value/")["money"][0]["roi"] is None


def test_programs_of_two_currencies_stand_beside_each_other(
    make_pilot, enter, client, executive, program, other_program
):
    ProgramMoney.objects.create(program=other_program, currency="USD")
    enter(make_pilot(), "cost", 100)
    enter(make_pilot("Other", program=other_program), "cost", 70, currency="USD")
    client.force_login(executive)

    blocks = client.get("/value/").context["page"].blocks

    assert [block.sentence for block in blocks] == [
        "EUR 100 spent, no benefit verified.",
        "USD 70 spent, no benefit verified.",
    ]


def test_confidential_pilots_are_in_no_total(make_pilot, enter, page):
    enter(make_pilot(), "cost", 100)
    enter(make_pilot("Secret", is_confidential=True), "cost", 900)

    [block] = page().context["page"].blocks

    assert block.sentence == "EUR 100 spent, no benefit verified."


def test_only_what_a_person_may_see_is_added_up(make_pilot, enter, client, stranger):
    enter(make_pilot(), "cost", 100)
    client.force_login(stranger)

    assert client.get("/value/").context["page"].is_empty


def test_budget_for_speed_that_is_broken_is_worth_a_look(make_pilot, measure, page):
    pilot = make_pilot(stage=Stage.LIMITED, since=date(2026, 10, 1))
    measure(
        pilot,
        "900",
        line="Latency 800 → 300 ms",
        kind="latency",
        is_primary=False,
        threshold=Decimal(500),
    )

    shown = page("?group=breached")

    assert _keys(shown) == ["CLM-1"]
    assert shown.context["page"].rows[0].flags == ["beyond what was agreed: Latency"]


def test_pilot_of_which_nothing_is_known_is_not_called_deployed(make_pilot, measure, page):
    pilot = make_pilot(stage=Stage.PRODUCTION, since=date(2026, 5, 1))
    assert _keys(page("?group=deployed")) == []

    measure(pilot, None)

    assert _keys(page("?group=deployed")) == ["CLM-1"]


def test_loop_that_is_closed_is_no_deployed_pilot(make_pilot, measure, page):
    pilot = make_pilot(stage=Stage.PRODUCTION, since=date(2026, 5, 1))
    kpi = measure(pilot, None, kind="model_quality", is_primary=False, line="Right queue 71 → 88 %")
    FeedbackLoop.objects.create(
        pilot=pilot, truth_source="Complaints", linkage_key="claim", retrain_every_days=90
    )
    assert _keys(page("?group=deployed")) == ["CLM-1"]

    Measurement.objects.create(
        kpi=kpi,
        measured_at=NOW,
        value=80,
        provenance="curated",
        entry="api",
        recorded_at=NOW,
        sample_size=400,
    )

    assert _keys(page("?group=deployed")) == []


@pytest.mark.parametrize("query", ["?group=best", "?colour=red", "?group=never&group=before", "?program=no"])
def test_address_that_is_not_understood_adds_nothing_up(query, portfolio, page):
    assert page(query).context["page"] is None


@pytest.mark.parametrize("query", ["?group=best", "?colour=red"])
def test_file_of_an_address_that_is_not_understood_is_refused(query, portfolio, page):
    assert page(f"export/{query}").status_code == 400


def test_api_refuses_what_it_does_not_know(portfolio, client, manager):
    client.force_login(manager)

    assert client.get("/api/v1/value/?group=best").status_code == 400
    assert client.get("/api/v1/value/?colour=red").status_code == 400


def test_nothing_written_down_says_so(make_pilot, page):
    make_pilot()

    assert "Nothing is known of what these pilots are worth" in page().text


def test_names_are_escaped(make_pilot, enter, page):
    enter(make_pilot("<b>Bold</b>"), "cost", 100)

    assert "<b>Bold</b>" not in page().text


def test_page_costs_the_same_for_any_number_of_pilots(
    make_pilot, enter, measure, page, django_assert_num_queries
):
    def fill(count):
        for _ in range(count):
            pilot = make_pilot(
                f"Pilot {Pilot.objects.count()}", stage=Stage.PRODUCTION, since=date(2026, 5, 1)
            )
            enter(pilot, "cost", 10)
            measure(pilot, "10")

    fill(1)
    page()
    with django_assert_num_queries(QUERIES):
        page()
    fill(19)
    with django_assert_num_queries(QUERIES):
        page()


QUERIES = 16


def test_table_holds_a_page_of_pilots_and_the_file_all(portfolio, page, client, monkeypatch):
    monkeypatch.setattr("portfolio.dashboards.value.page.PER_PAGE", 3)
    first, second, beyond = (page(f"?page={number}").context["page"] for number in (1, 2, 9))

    assert [len(shown.rows) for shown in (first, second, beyond)] == [3, 1, 1]
    assert {row.key for row in (*first.rows, *second.rows)} == {line.pilot.key for line in first.listed_lines}
    assert "1–3 of 4, most money first" in page("").content.decode()
    assert page("?page=1&page=2").context["page"] is None


def test_nothing_known_is_said_as_such(make_pilot, page):
    make_pilot("Running", stage=Stage.PRODUCTION, since=date(2026, 5, 1))
    shown = page().context["page"]

    assert shown.basis == "The one pilot has no money written down."
    assert shown.finding == "How far the primary KPI of the one pilot with users came, nobody knows."
