from datetime import date, timedelta

import pytest
import time_machine

from pilots.access.permissions import OwnerRole
from pilots.actions.approval import NewApproval, approve_gate
from pilots.actions.evidence import NewEvidence, bring_evidence
from pilots.actions.owner import Contact, NewOwnership, add_owner
from pilots.actions.plan import NewPlan, make_plan
from pilots.actions.playbook import GateEdit, set_gate
from pilots.actions.stage import Move, move_pilot
from pilots.actions.waiting import NewWait, wait_for
from pilots.actions.waiver import NewWaiver, waive
from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.models import Approval, Approving, Evidence, Owner, Ownership, Pilot, Waiting, Waiver
from pilots.models.pilot import relations
from pilots.playbook import Audience, EvidenceKind, Gate
from pilots.web.out_of_move import exits
from tests.conftest import NOW, TODAY

PAGE = "/pilots/CLM-1/readiness/"
EVIDENCE = {
    "requirement": "use-case",
    "kind": "document",
    "text": "Clerks use it at intake.",
    "dated": "2026-11-17",
}


NO_LINK = "A link begins with https:// or http:// and names a place. Write where it is in words instead."
ONLY_THESE = "For “An approved budget for running it” only this counts: document, signature."


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def pilot(make_pilot) -> Pilot:
    return make_pilot(stage=Stage.TRANSITION)


@pytest.fixture
def page(client, manager):
    client.force_login(manager)
    return lambda url=PAGE: client.get(url)


@pytest.fixture
def send(client, manager):
    client.force_login(manager)

    def send(url, **fields):
        fields.setdefault("version", Pilot.objects.get(key="CLM-1").version)
        return client.post(PAGE + url if not url.startswith("/") else url, fields, follow=True)

    return send


@pytest.fixture
def bring(pilot, by_system):
    def bring(code="evaluation", **fields):
        fields.setdefault("kind", EvidenceKind.TEST)
        fields.setdefault("dated", date(2026, 11, 17))
        fields.setdefault("text", "Scored on 400 files.")
        by = fields.pop("by", by_system)
        return bring_evidence(NewEvidence(pilot=pilot, requirement=code, **fields), by=by)

    return bring


@pytest.fixture
def seat(pilot, make_user, by_system):
    """Give a pilot an accepted legal seat with an account."""
    user = make_user("lena@example.com")
    Owner.objects.create(program=pilot.program, name=user.name, email=user.email, user=user)
    contact = Contact(name=user.name, email=user.email)
    add_owner(NewOwnership(pilot=pilot, contact=contact, role=OwnerRole.LEGAL), by=by_system)
    Ownership.objects.update(accepted_on=TODAY)
    return user


def _errors(response) -> dict[str, list[str]]:
    return {name: list(errors) for name, errors in response.context["form"].errors.items()}


def _messages(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def _row(response, code):
    shown = response.context["page"]
    rows = [row for group in (*shown.now, *shown.behind) for row in group.rows]
    return next(row for row in rows if row.code == code)


def _section(response, code):
    return next(section for section in response.context["page"].now if section.id == code)


# --- The page ----------------------------------------------------------------------


def test_first_stands_what_is_between_it_and_go_live(page, pilot):
    response = page()
    shown = response.context["page"]
    content = response.content.decode()

    assert shown.title == "Not ready: none of six gates are met"
    assert shown.readiness.sentence in content.replace("&quot;", '"').replace("&#x27;", "'")
    assert [mark.gate.value for mark in shown.marks] == ["G1", "G2", "G3", "G4", "G5", "G6"]
    assert [section.id for section in shown.now] == ["G1", "G2", "G3", "G4", "G5", "G6"]
    assert "18 more matter later" not in content
    assert f"{shown.later_count} more matter later" in content
    assert shown.later_count + sum(len(section.rows) for section in shown.now) + shown.behind_count == len(
        shown.readiness.standings
    )


@pytest.mark.parametrize(
    ("stage", "title", "now"),
    [
        (Stage.IDEA, "Not ready: none of six gates are met", ["G0"]),
        (Stage.PILOTING, "Nothing is asked of it now", []),
        (Stage.LIMITED, "Not ready: none of six gates are met", ["G1", "G2", "G3", "G4", "G5", "G6"]),
    ],
)
def test_only_what_matters_now_is_open(page, make_pilot, stage, title, now):
    make_pilot(stage=stage)
    shown = page().context["page"]
    assert (shown.title, [section.id for section in shown.now]) == (title, now)


def test_a_phase_that_has_not_begun_is_silent(page, pilot, by):
    make_plan(NewPlan(pilot=pilot, start=date(2026, 11, 16)), by=by)
    response = page()

    assert [section.id for section in response.context["page"].now] == ["G1", "G2", "phase-scope"]
    row = _row(response, "kpi-signed")
    assert (row.due, row.is_late) == ("due Mon 30 Nov", False)
    assert "due Mon 30 Nov" in response.content.decode()
    with time_machine.travel(NOW + timedelta(days=13), tick=False):
        row = _row(page(), "kpi-signed")
    assert (row.due, row.is_late) == ("due Mon 30 Nov, 1 day late", True)


def test_an_ended_pilot_is_asked_nothing(page, pilot, by, client):
    move_pilot(Move(pilot=pilot, to=Stage.STOPPED, happened=Day(TODAY), reason="No data."), by=by)
    response = page()

    assert response.context["page"].now == []
    assert "so nothing is asked of it any longer." in response.content.decode()
    assert "Bring evidence" not in response.content.decode()
    answer = client.post(PAGE + "evidence/new/", {**EVIDENCE, "version": Pilot.objects.get().version})
    assert _errors(answer)["__all__"] == ["It is stopped, so nothing has to be shown any longer."]


def test_evidence_stands_with_kind_audience_day_and_who(page, bring, by):
    bring(audience=Audience.FRIENDLY, link="https://example.com/run", by=by)
    bring(kind=EvidenceKind.DEMO)
    response = page()
    row, content = _row(response, "evaluation"), response.content.decode()

    assert (row.word, row.told) == ("Met", "Met Tue 17 Nov")
    assert [(shown.kind, shown.audience, shown.who, shown.why_not) for shown in row.evidence] == [
        ("Test", "friendly testers", "Maren", ""),
        ("Demo", "", "Headway", "A demo never counts."),
    ]
    assert row.caveat == "Only friendly testers tried it so far: ordinary users may do otherwise."
    assert 'href="https://example.com/run"' in content
    assert [group.title for group in response.context["page"].behind] == [
        "G0 Charter",
        "G3 Evaluation",
    ]


def test_waiting_says_for_whom_and_how_long(page, pilot, by):
    waiting = NewWait(pilot=pilot, requirement="kpi-signed", on_role=OwnerRole.LEGAL, since=date(2026, 11, 3))
    wait_for(waiting, by=by)
    row = _row(page(), "kpi-signed")
    assert (row.word, row.waits) == ("Partly there", "waits for Legal since Tue 3 Nov, 15 days")


def test_who_can_unblock_is_named(page, pilot, by):
    row = _row(page(), "kpi-signed")
    assert row.helpers == "Business owner: nobody is named yet"
    contact = Contact(name="Grace Adeyemi")
    add_owner(NewOwnership(pilot=pilot, contact=contact, role=OwnerRole.BUSINESS_OWNER), by=by)
    assert _row(page(), "kpi-signed").helpers == "Grace Adeyemi"


def test_the_tab_counts_the_gates(page, pilot, bring, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        bring()
    for address in (PAGE, "/pilots/CLM-1/people/"):
        tab = next(tab for tab in page(address).context["head"].tabs if tab.label == "Readiness")
        assert tab.count == "1 of 6"


@pytest.mark.parametrize("count", [1, 100])
def test_the_page_costs_the_same_for_any_number(
    page, pilot, bring, by_system, count, django_assert_num_queries
):
    for number in range(count):
        bring(text=f"Run {number}")
    page("/pilots/CLM-1/history/")
    with django_assert_num_queries(25):
        page()


# --- Evidence ----------------------------------------------------------------------


def test_evidence_is_brought(send, page, pilot):
    form = page(PAGE + "evidence/new/?requirement=use-case").context["form"]
    assert (form.initial["requirement"], form.initial["dated"]) == ("use-case", TODAY)
    response = send("evidence/new/", **EVIDENCE, audience="team", link=" HTTPS://example.com/a ")

    row = Evidence.objects.get()
    assert (row.requirement, row.kind, row.text, row.link, row.audience, row.dated) == (
        "use-case",
        "document",
        "Clerks use it at intake.",
        "https://example.com/a",
        "team",
        date(2026, 11, 17),
    )
    assert _messages(response) == ["Document brought for “The use case: who uses it, when, to decide what”."]


def test_a_demo_is_noted_and_told_not_to_count(send, pilot):
    response = send("evidence/new/", **{**EVIDENCE, "kind": "demo"})
    assert Evidence.objects.get().kind == "demo"
    assert "A demo never counts" in _messages(response)[0]


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"requirement": ""}, {"requirement": ["Choose what it shows."]}),
        ({"requirement": "run-owner"}, {"requirement": ["There is no such choice. Take one of the list."]}),
        ({"kind": ""}, {"kind": ["Choose what it is."]}),
        ({"text": ""}, {"text": ["Give a link, or say in a few lines what was seen."]}),
        ({"link": "javascript:alert(1)"}, {"link": [NO_LINK]}),
        ({"dated": "2026-11-19"}, {"dated": ["Thu 19 Nov 2026 has not come yet."]}),
        ({"dated": ""}, {"dated": ["Write the day of what it shows."]}),
        (
            {"kind": "shadow", "requirement": "run-budget"},
            {"kind": [ONLY_THESE]},
        ),
    ],
)
def test_what_is_no_evidence_is_refused_beside_its_field(send, pilot, fields, errors):
    response = send("evidence/new/", **{**EVIDENCE, **fields})
    assert _errors(response) == errors
    assert not Evidence.objects.exists()


def test_typed_words_survive_a_conflict(send, pilot):
    response = send("evidence/new/", **EVIDENCE, version=pilot.version + 3)
    assert response.status_code == 409
    assert "Clerks use it at intake.</textarea>" in response.content.decode()


def test_evidence_is_withdrawn_with_a_reason(send, page, bring):
    row = bring()
    assert _errors(send(f"evidence/{row.pk}/withdraw/", reason=" ")) == {
        "reason": ["Say why it does not hold."]
    }
    response = send(f"evidence/{row.pk}/withdraw/", reason="The wrong files.")
    row.refresh_from_db()
    assert row.withdrawn_because == "The wrong files."
    assert _messages(response) == ["The evidence is withdrawn. What rested on it is open again."]
    assert _row(response, "evaluation").evidence == []


# --- Waivers -----------------------------------------------------------------------


def test_a_requirement_is_waived_and_the_waiver_revoked(send, page, pilot):
    form = page("/pilots/CLM-1/waive/?subject=kpi-signed").context["form"]
    assert form["subject"].value() == "kpi-signed"
    response = send(
        "/pilots/CLM-1/waive/", subject="kpi-signed", reason="Signed by mail.", until="2026-12-31"
    )

    row = _row(response, "kpi-signed")
    assert (row.told, row.waived) == (
        "Waived until Thu 31 Dec",
        "Maren waived it Wed 18 Nov: Signed by mail.",
    )
    waiver = Waiver.objects.get()
    assert "Signed by mail." in page(PAGE + f"waivers/{waiver.pk}/revoke/").content.decode()
    assert _row(send(f"waivers/{waiver.pk}/revoke/"), "kpi-signed").word == "Not started"


def test_a_whole_gate_is_waived(send, page, pilot):
    response = send("/pilots/CLM-1/waive/", subject="G2", reason="A vendor holds it.", until="2026-12-31")
    section = _section(response, "G2")
    assert (section.mark.word, section.waived_until) == ("Waived", "Thu 31 Dec")
    assert "A vendor holds it." in response.content.decode()
    assert response.context["page"].title == "Not ready: none of six gates are met"


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"subject": ""}, {"subject": ["Choose what it may pass without."]}),
        (
            {"reason": ""},
            {"reason": ["Say why it may pass without this: whoever reads it later decides on that."]},
        ),
        ({"until": ""}, {"until": ["Choose the last day on which it holds."]}),
        ({"until": "2026-11-01"}, {"until": ["Sun 1 Nov 2026 has passed. Choose a later last day."]}),
    ],
)
def test_a_waiver_without_its_parts_is_refused(send, pilot, fields, errors):
    asked = {"subject": "kpi-signed", "reason": "Signed by mail.", "until": "2026-12-31"}
    assert _errors(send("/pilots/CLM-1/waive/", **{**asked, **fields})) == errors
    assert not Waiver.objects.exists()


# --- Approvals ---------------------------------------------------------------------


@pytest.fixture
def legal_approves(program, by):
    asked = GateEdit(
        program=program, gate=Gate.G3, approving=Approving.ALL, roles=frozenset({OwnerRole.LEGAL})
    )
    set_gate(asked, by=by)


def test_somebody_with_only_a_seat_approves(client, pilot, bring, legal_approves, seat):
    row = bring()
    client.force_login(seat)
    response = client.get(PAGE)
    assert _section(response, "G3").lacking == "Legal has to approve it on what is there now."
    assert _section(response, "G3").may_approve
    form = client.get(PAGE + "gates/G3/approve/").context["form"]
    assert (form.fields["role"].choices, form["role"].value()) == ([("legal", "Legal")], "legal")

    asked = {"role": "legal", "note": "Read it.", "version": Pilot.objects.get().version}
    response = client.post(PAGE + "gates/G3/approve/", asked, follow=True)
    assert _messages(response) == ["G3 Evaluation is approved by you."]
    assert Approval.objects.get().basis == {"evaluation": str(row.pk)}
    assert response.context["page"].readiness.gates[Gate.G3].state.is_met


def test_nobody_approves_what_rests_on_their_own_evidence(
    client, pilot, bring, legal_approves, seat, by, page
):
    client.force_login(seat)
    version = Pilot.objects.get().version
    evidence = {**EVIDENCE, "requirement": "evaluation", "kind": "test", "version": version}
    client.post(PAGE + "evidence/new/", evidence)
    response = client.get(PAGE)
    assert "You brought evidence for it, so somebody else does." in response.content.decode()
    assert not _section(response, "G3").may_approve

    asked = {"role": "legal", "version": Pilot.objects.get().version}
    told = ["You brought evidence for this gate yourself, so somebody else has to approve it."]
    for answer in (client.get, client.post):
        assert _messages(answer(PAGE + "gates/G3/approve/", asked, follow=True)) == told
    assert not Approval.objects.exists()
    relation = relations(seat, [pilot])[pilot.pk]
    assert exits(pilot, relation, Stage.LIMITED, reader=seat)["approval-G3"][0] == (
        "You brought evidence for it, so somebody else approves it",
        PAGE + "#G3",
    )


def test_a_manager_without_the_role_is_told_who_can(page, pilot, legal_approves):
    response = page(PAGE + "gates/G3/approve/")
    assert response.status_code == 403
    assert "You may not approve G3 Evaluation: legal can." in response.content.decode()
    assert page(PAGE + "gates/G9/approve/").status_code == 404


@pytest.mark.parametrize(
    ("gate", "said"),
    [
        ("G3", "G3 Evaluation is passed on its evidence alone, so nobody has to approve it."),
        ("G4", "G4 Fallbacks is not there yet: "),
    ],
)
def test_a_gate_that_is_open_or_asks_nobody_has_no_form(client, page, pilot, bring, gate, said):
    bring()
    page()
    response = client.get(PAGE + f"gates/{gate}/approve/", follow=True)
    assert response.redirect_chain == [(PAGE, 302)]
    assert _messages(response)[0].startswith(said)


def test_new_evidence_asks_for_approval_anew(page, pilot, bring, legal_approves, by_system, send, manager):
    bring()
    approve_gate(NewApproval(pilot=pilot, gate=Gate.G3, role=OwnerRole.LEGAL), by=by_system)
    bring(text="Another run.")
    response = page()
    section = _section(response, "G3")

    assert (section.mark.word, [row.is_stale for row in section.approvals]) == ("Open again", [True])
    assert "What it rested on has changed since." in response.content.decode()
    response = send(f"approvals/{Approval.objects.get().pk}/revoke/")
    assert _messages(response) == ["The approval of G3 Evaluation is taken back."]
    assert not Approval.objects.standing().exists()


# --- Waiting -----------------------------------------------------------------------


def test_what_waits_is_noted_and_ends(send, page, pilot):
    form = page(PAGE + "waits/new/?requirement=kpi-signed").context["form"]
    assert (form["requirement"].value(), form["on_role"].value()) == ("kpi-signed", "business_owner")
    asked = {"requirement": "kpi-signed", "on_role": "legal", "since": "2026-11-03", "note": "Contract"}
    response = send("waits/new/", **asked)
    assert _messages(response) == ["“The business owner’s signature under the KPI” waits for legal."]
    assert _errors(send("waits/new/", **asked)) == {"on_role": ["It waits for legal already."]}

    response = send(f"waits/{Waiting.objects.get().pk}/end/")
    assert _messages(response) == ["It waits for legal no longer."]
    assert Waiting.objects.get().until == TODAY
    assert _messages(send(f"waits/{Waiting.objects.get().pk}/end/")) == ["It had stopped waiting before."]


# --- Who may -----------------------------------------------------------------------


def test_a_viewer_reads_and_may_not_act(client, viewer, pilot, bring, by_system):
    row = bring()
    waiver = waive(NewWaiver(pilot=pilot, subject="G2", reason="x", until=date(2026, 12, 1)), by=by_system)
    client.force_login(viewer)
    content = client.get(PAGE).content.decode()

    for words in ("Bring evidence", "Waive all", "Waive it", "Withdraw", "Revoke"):
        assert words not in content
    for address in (
        "evidence/new/",
        f"evidence/{row.pk}/withdraw/",
        "waits/new/",
        "gates/G3/approve/",
        f"waivers/{waiver.pk}/revoke/",
    ):
        assert client.get(PAGE + address).status_code == 403, address
