"""Who may sign a definition, and what a signature is worth once it changes."""

from datetime import date, timedelta

import pytest
import time_machine

from kpis.actions.kpi import KpiEdit, NewKpi, define_kpi, edit_kpis
from kpis.actions.retire import retire_kpi
from kpis.actions.sign import SignKpi, sign_kpi
from kpis.models import Kpi, SignOff
from kpis.oneline import read_kpi
from kpis.versions import signed_kpis
from pilots.access.models import Event, Role, Source
from pilots.access.permissions import OwnerRole
from pilots.actions.account import add_member
from pilots.actions.by import By, Forbidden, Refused, Stale
from pilots.actions.owner import Contact, NewOwnership, accept_ownership, add_owner
from pilots.models import Owner, Pilot
from pilots.web.told import tell
from tests.conftest import NOW, TODAY

PAPER = "https://example.com/charter"


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def pilot(make_pilot) -> Pilot:
    return make_pilot()


@pytest.fixture
def kpi(pilot, by) -> Kpi:
    return define_kpi(NewKpi(pilot=pilot, line=read_kpi("Handling time 14 → 9 min")), by=by)


@pytest.fixture
def acting(make_user):
    def make(name: str) -> By:
        return By(user=make_user(f"{name}@example.com"), at=NOW, source=Source.WEB)

    return make


@pytest.fixture
def named(pilot, by):
    """Name somebody on the pilot, who accepts where they are signed in."""

    def make(contact: Contact, *, user=None, role=OwnerRole.BUSINESS_OWNER) -> Owner:
        row = add_owner(NewOwnership(pilot=pilot, contact=contact, role=role), by=by)
        if user is not None:
            Owner.objects.filter(pk=row.owner_id).update(user=user)
            accept_ownership(row, by=By(user=user, at=NOW, source=Source.WEB))
        return row.owner

    return make


def faults(refusal):
    return [(reason.field, reason.code) for reason in refusal.value.reasons]


def test_business_owner_signs_for_themself(kpi, pilot, named, acting):
    sina = acting("sina")
    owner = named(Contact(name="Sina", email="sina@example.com"), user=sina.user)

    row = sign_kpi(SignKpi(kpi=kpi, version_number=1), by=sina)

    assert (row.signer, row.version.number, row.signed_on, row.recorded_by, row.recorded_at) == (
        owner,
        1,
        TODAY,
        sina.user,
        NOW,
    )
    event = Event.objects.get(verb="kpi.signed")
    assert tell(event).what == "signed “Handling time”, version 1"
    assert signed_kpis([kpi.pk]) == {kpi.pk}


def test_manager_notes_what_was_signed_on_paper(kpi, named, by):
    owner = named(Contact(name="Sina"))

    row = sign_kpi(
        SignKpi(
            kpi=kpi,
            version_number=1,
            signer=owner,
            signed_on=date(2026, 10, 26),
            link="HTTPS://example.com/charter",
            text=" Page 2 ",
        ),
        by=by,
    )

    assert (row.signer, row.signed_on, row.link, row.text) == (
        owner,
        date(2026, 10, 26),
        PAPER,
        "Page 2",
    )
    told = tell(Event.objects.get(verb="kpi.signed"))
    assert told.what == "noted that Sina signed “Handling time”, version 1, on Mon 26 Oct 2026"


@pytest.mark.parametrize(
    ("sign", "fault"),
    [
        pytest.param({"link": PAPER}, ("signer", "required"), id="nobody-named"),
        pytest.param({"signer": "owner"}, ("link", "required"), id="no-paper"),
        pytest.param({"signer": "other", "link": PAPER}, ("signer", "not-business-owner"), id="another-role"),
        pytest.param({"signer": "owner", "link": "charter.pdf"}, ("link", "not-web"), id="no-address"),
        pytest.param({"signer": "owner", "text": "x" * 501}, ("text", "length"), id="text-too-long"),
        pytest.param(
            {"signer": "owner", "link": PAPER, "signed_on": TODAY + timedelta(days=1)},
            ("signed_on", "future"),
            id="tomorrow",
        ),
        pytest.param(
            {"signer": "owner", "link": PAPER, "signed_on": date(1989, 12, 31)},
            ("signed_on", "year"),
            id="long-ago",
        ),
        pytest.param(
            {"signer": "owner", "link": PAPER, "version_number": 2},
            ("version_number", "not-in-force"),
            id="another-version",
        ),
        pytest.param({"signer": "owner", "text": "a\x00b"}, ("text", "null-character"), id="nul"),
    ],
)
def test_signatures_that_show_nothing_are_refused(kpi, named, by, sign, fault):
    owners = {
        "owner": named(Contact(name="Sina")),
        "other": named(Contact(name="Olaf"), role=OwnerRole.SPONSOR),
    }
    if "signer" in sign:
        sign = sign | {"signer": owners[sign["signer"]]}

    with pytest.raises(Refused) as refusal:
        sign_kpi(SignKpi(**({"kpi": kpi, "version_number": 1} | sign)), by=by)

    assert faults(refusal) == [fault]
    assert not SignOff.objects.exists()
    assert not Event.objects.filter(verb="kpi.signed").exists()


def test_nobody_can_sign_where_no_business_owner_is_named(kpi, by):
    with pytest.raises(Refused, match="Nobody is named as its business owner"):
        sign_kpi(SignKpi(kpi=kpi, version_number=1), by=by)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CONTRIBUTOR])
def test_others_of_the_program_may_not_sign(kpi, program, named, acting, by_system, role):
    owner = named(Contact(name="Sina"))
    someone = acting("someone")
    add_member(program=program, user=someone.user, role=role, by=by_system)

    with pytest.raises(Forbidden, match="sign KPIs here"):
        sign_kpi(SignKpi(kpi=kpi, version_number=1, signer=owner, link=PAPER), by=someone)
    assert not SignOff.objects.exists()


def test_business_owner_signs_for_nobody_else(kpi, named, acting):
    sina = acting("sina")
    named(Contact(name="Sina", email="sina@example.com"), user=sina.user)
    olaf = named(Contact(name="Olaf"))

    with pytest.raises(Forbidden, match="for yourself alone"):
        sign_kpi(SignKpi(kpi=kpi, version_number=1, signer=olaf, link=PAPER), by=sina)
    assert not SignOff.objects.exists()


def test_each_signs_a_version_once(kpi, named, acting, by):
    sina = acting("sina")
    owner = named(Contact(name="Sina", email="sina@example.com"), user=sina.user)
    olaf = named(Contact(name="Olaf"))
    sign_kpi(SignKpi(kpi=kpi, version_number=1), by=sina)

    with pytest.raises(Refused) as refusal:
        sign_kpi(SignKpi(kpi=kpi, version_number=1, signer=owner, link=PAPER), by=by)
    sign_kpi(SignKpi(kpi=kpi, version_number=1, signer=olaf, link=PAPER), by=by)

    assert faults(refusal) == [("signer", "signed")]
    assert list(SignOff.objects.order_by("pk").values_list("signer__name", flat=True)) == ["Sina", "Olaf"]


def test_changed_definition_makes_the_signature_stale(kpi, named, acting, by):
    sina = acting("sina")
    named(Contact(name="Sina", email="sina@example.com"), user=sina.user)
    sign_kpi(SignKpi(kpi=kpi, version_number=1), by=sina)

    edit_kpis([KpiEdit(kpi=kpi, fields={"method": "Median"})], by=by)

    assert signed_kpis([kpi.pk]) == set()
    with pytest.raises(Refused, match="Version 2 is in force, and this is version 1"):
        sign_kpi(SignKpi(kpi=kpi, version_number=1), by=sina)
    sign_kpi(SignKpi(kpi=kpi, version_number=2), by=sina)
    assert signed_kpis([kpi.pk]) == {kpi.pk}


def test_retired_kpi_is_not_signed(make_pilot, named, pilot, kpi, by):
    owner = named(Contact(name="Sina"))
    second = define_kpi(NewKpi(pilot=pilot, line=read_kpi("Error rate 4 → 2 %")), by=by)
    retire_kpi(second, by=by)

    with pytest.raises(Refused, match="It is retired"):
        sign_kpi(SignKpi(kpi=second, version_number=1, signer=owner, link=PAPER), by=by)


def test_pilot_that_changed_meanwhile_is_not_signed(kpi, named, by, pilot):
    owner = named(Contact(name="Sina"))
    version = Pilot.objects.get(pk=pilot.pk).version

    with pytest.raises(Stale):
        sign_kpi(SignKpi(kpi=kpi, version_number=1, signer=owner, link=PAPER, version=version - 1), by=by)
    sign_kpi(SignKpi(kpi=kpi, version_number=1, signer=owner, link=PAPER, version=version), by=by)
    assert Pilot.objects.get(pk=pilot.pk).version == version + 1


def test_headway_itself_says_who_signed(kpi, named, by_system, program):
    with pytest.raises(Refused, match="Say who of this program signed"):
        sign_kpi(SignKpi(kpi=kpi, version_number=1), by=by_system)

    row = sign_kpi(
        SignKpi(kpi=kpi, version_number=1, signer=Owner.objects.create(program=program, name="Sina")),
        by=by_system,
    )

    assert (row.signer.name, row.recorded_by) == ("Sina", None)
