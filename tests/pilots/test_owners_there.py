"""Whether somebody answers for a pilot: people who went, deputies, and what an undo brings back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from pilots.access.models import Event, Source
from pilots.access.permissions import Deed, OwnerRole, may
from pilots.actions import owner_set
from pilots.actions.bulk import Bulk, change_many
from pilots.actions.bulk_asks import SetOwner
from pilots.actions.bulk_undo import Undo, look_back, undo_many
from pilots.actions.by import By, Refused
from pilots.actions.deactivate import Closing, Deactivation, close_account, deactivate_owner
from pilots.actions.hand_over import NewDeputy, end_deputies, name_deputy
from pilots.actions.milestone import MilestoneEdit, NewMilestone, add_milestone, edit_milestone
from pilots.actions.owner import Contact
from pilots.actions.owner_set import OwnersOf, set_owners
from pilots.actions.remove import remove_pilots
from pilots.actions.stage import missing_beforehand
from pilots.computed import COMPUTED
from pilots.facts import facts_on, facts_today
from pilots.frozen import as_it_is
from pilots.lifecycle import Stage
from pilots.models import Owner, Ownership, Pilot
from pilots.models.cohort import Cohort
from pilots.models.pilot import relations
from pilots.web.head_then import Then
from pilots.web.pilot_filters import PilotFilterSet
from pilots.web.pilot_order import leads_of
from portfolio.desk.stalled.filters import StalledFilterSet
from portfolio.exchange.export.pilots import roles_of
from tests.conftest import NOW, TODAY

LEAD = OwnerRole.PRODUCTION_OWNER
ADA, BEN, INES, RUI = (
    Contact(name=name, email=f"{name.lower()}@x.example") for name in ("Ada", "Ben", "Ines", "Rui")
)


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


def fresh(pilot: Pilot) -> Pilot:
    return Pilot.objects.select_related("program").get(pk=pilot.pk)


def deputise(pilot: Pilot, by: By, *, days: int = 3) -> Ownership:
    row = pilot.ownerships.active().principals().select_related("pilot").get(role=LEAD.value)
    return name_deputy(NewDeputy(ownership=row, to=RUI, until=TODAY + timedelta(days=days)), by=by)


def now(pilot: Pilot) -> list[str]:
    rows = Ownership.objects.active().filter(pilot=pilot).order_by("pk")
    return list(rows.values_list("owner__name", flat=True))


def test_pilot_with_a_deputy_is_removed(make_pilot, by):
    pilot = make_pilot(owner=INES)
    deputise(pilot, by)

    assert remove_pilots([pilot], by=by) == 1
    assert (Pilot.objects.count(), Ownership.objects.count()) == (0, 0)


def test_role_of_a_closed_account_is_filled_nowhere(make_pilot, make_user, administrator):
    pilot = make_pilot(owner=INES, stage=Stage.TRANSITION)
    user = make_user(INES.email)
    Owner.objects.update(user=user)

    def filled() -> list[bool]:
        faults = missing_beforehand(fresh(pilot), Stage.LIMITED, at=NOW)
        return [
            Pilot.objects.led().exists(),
            facts_today(Pilot.objects.all(), at=NOW)[0].has_production_owner,
            facts_on(Pilot.objects.all(), TODAY)[0].has_production_owner,
            "production-owner" in COMPUTED.met([pilot.pk], today=TODAY)[pilot.pk],
            "production-owner" not in [fault.code for fault in faults],
            leads_of([pilot]) == {pilot.pk: "Ines"},
            roles_of(Pilot.objects.all()) == [LEAD],
        ]

    assert filled() == [True] * 7
    close_account(Closing(user=user, leave_beyond=True), by=By(user=administrator, at=NOW, source=Source.WEB))
    assert Owner.objects.get().is_active
    assert filled() == [False] * 7


# --- Undoing a change of owners ----------------------------------------------------


def test_undo_seats_nobody_who_went_since(make_pilot, by):
    left, kept = make_pilot(owner=ADA), make_pilot("Second", owner=INES)
    edit = change_many(
        Bulk(pilots=[fresh(left), fresh(kept)], asked=SetOwner(contact=BEN, reason="They left.")), by=by
    )
    deactivate_owner(Deactivation(owner=Owner.objects.get(name="Ada")), by=by)

    looked = look_back(edit, by=by)
    assert [(pilot.key, why) for pilot, why in looked.refused] == [
        ("CLM-1", "It would go back to Ada, who is not active any longer.")
    ]
    with pytest.raises(Refused, match="it would go back to Ada, who is not active any longer"):
        undo_many(Undo(edit=edit), by=by)
    assert undo_many(Undo(edit=edit, leaving_out=True), by=by) == [kept]
    assert (now(left), now(kept)) == (["Ben"], ["Ines"])


@pytest.mark.parametrize(("later", "names"), [(3, ["Ada", "Rui"]), (4, ["Ada"])])
def test_undo_brings_a_deputy_back_until_the_last_day(make_pilot, by, later, names):
    pilot = make_pilot(owner=ADA)
    deputise(pilot, by)
    edit = change_many(Bulk(pilots=[fresh(pilot)], asked=SetOwner(contact=BEN, reason="They left.")), by=by)
    assert now(pilot) == ["Ben"]

    undo_many(Undo(edit=edit), by=replace(by, at=NOW + timedelta(days=later)))

    assert now(pilot) == names
    told = Event.objects.filter(verb="owner.as_before").values_list("before", flat=True).order_by("pk")
    assert [(before["owner"], before.get("deputy", False)) for before in told] == [
        (name, name == "Rui") for name in names
    ]


# --- Who went is named for nothing --------------------------------------------------


def test_who_goes_while_a_list_names_them_is_refused(make_pilot, by, monkeypatch):
    """As on PostgreSQL, where the contact is read before somebody else's commit."""
    pilot, find = make_pilot(), owner_set.ensure_owners

    def found_then_gone(*args, **kwargs):
        owners = find(*args, **kwargs)
        Owner.objects.update(is_active=False)
        return owners

    monkeypatch.setattr(owner_set, "ensure_owners", found_then_gone)

    with pytest.raises(Refused, match="Ada is not active any longer"):
        set_owners([OwnersOf(pilot=pilot, role=LEAD, contacts=(ADA,))], by=by)
    with pytest.raises(Refused, match="Ada is not active any longer"):
        make_pilot("New", owner=ADA)
    assert not Ownership.objects.exists()


def test_milestone_is_given_to_nobody_who_went(make_pilot, by, program):
    pilot = make_pilot(stage=Stage.TRANSITION)
    gone = Owner.objects.create(program=program, name="Ada", email=ADA.email, is_active=False)
    row = add_milestone(NewMilestone(pilot=pilot, title="Shadow run"), by=by)

    for act in (
        lambda: add_milestone(NewMilestone(pilot=pilot, title="Cut over", owner=ADA), by=by),
        lambda: edit_milestone(MilestoneEdit(milestone=row, fields={"owner": ADA}), by=by),
        lambda: edit_milestone(MilestoneEdit(milestone=row, fields={"owner": gone}), by=by),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert [(reason.field, reason.code) for reason in refused.value.reasons] == [("owner", "inactive")]

    type(row).objects.update(owner=gone)  # whoever has it keeps it when something else changes
    kept = edit_milestone(MilestoneEdit(milestone=row, fields={"owner": ADA, "title": "Shadow"}), by=by)
    assert (kept.title, kept.owner) == ("Shadow", gone)


# --- Deputies ------------------------------------------------------------------------


@pytest.mark.parametrize(("hours", "still"), [(0, True), (47, True), (48, False)])
def test_deputys_rights_end_with_the_last_day_everywhere_on_earth(make_pilot, by, make_user, hours, still):
    pilot, user = make_pilot(owner=INES), make_user(RUI.email)
    deputy = deputise(pilot, by, days=0)
    Owner.objects.filter(pk=deputy.owner_id).update(user=user)
    Ownership.objects.filter(pk=deputy.pk).update(accepted_on=TODAY)

    with time_machine.travel(datetime(2026, 11, 18, tzinfo=UTC) + timedelta(hours=hours), tick=False):
        assert may(Deed.MOVE, relations(user, [pilot])[pilot.pk]) is still
        assert Pilot.objects.visible_to(user).movable_by(user).exists() is still


def test_deputy_is_no_owner_and_is_called_what_they_are(make_pilot, by, client, manager):
    pilot = make_pilot(owner=INES)
    deputy = deputise(pilot, by, days=1)
    client.force_login(manager)

    assert as_it_is(fresh(pilot), at=NOW)["owners"] == [{"role": LEAD.value, "name": "Ines"}]
    page = client.get("/pilots/CLM-1/")
    assert page.context["owners"] == [("Production owner", "Ines"), ("Deputy production owner", "Rui")]
    people = next(tab for tab in page.context["head"].tabs if tab.label == "People")
    assert people.count == 1
    listed = {row.owner.name: row.pilots for row in client.get("/people/").context["people"].rows}
    assert listed == {"Ines": 1, "Rui": 0}
    lead = pilot.ownerships.principals().get()
    stalled = StalledFilterSet({}, Pilot.objects.all())
    for owner, count in ((lead.owner_id, 1), (deputy.owner_id, 0)):
        assert PilotFilterSet({"owner": str(owner)}, Pilot.objects.all()).qs.count() == count
        assert stalled.owned_by(Pilot.objects.all(), "owner", owner).count() == count


def test_deputy_was_there_on_the_last_day_and_not_after_it(make_pilot, by):
    pilot = make_pilot(owner=INES)
    deputise(pilot, by, days=1)

    def then(days: int) -> list[tuple[str, str]]:
        cohort = Cohort(today=TODAY + timedelta(days=9), as_of=TODAY + timedelta(days=days))
        return Then(fresh(pilot), cohort).owners

    both = [("Production owner", "Ines"), ("Deputy production owner", "Rui")]
    assert [then(1), then(2)] == [both, both[:1]]  # before the job has noted it
    assert end_deputies(By(user=None, at=NOW + timedelta(days=5), source=Source.JOB)) == 1
    assert [then(1), then(2)] == [both, both[:1]]
