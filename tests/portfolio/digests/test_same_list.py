"""“Same list and totals”: what each link of a digest opens holds what the digest counts, in every scope."""

from datetime import date

import pytest
import time_machine

from pilots.access.models import Membership
from pilots.access.permissions import OwnerRole
from pilots.models import Flag, Owner, Ownership, Pilot, ProgramLine
from portfolio.digests.compose import compose
from portfolio.digests.due import SIGN_OF_LIFE
from portfolio.digests.mail import as_html, write_sign_of_life
from portfolio.digests.models import DigestScope, DigestSetting
from portfolio.digests.text import as_text
from portfolio.outbox.models import Message
from tests.portfolio.digests.conftest import MONDAY

SITE = "https://headway.example"
SCOPES = ["everything", "mine", "one program"]


@pytest.fixture
def reader(portfolio, viewer, program, other_program, make_pilot, early, scanned):
    """Somebody who sees two programs, with stuck pilots in both, and owns one of them."""
    Membership.objects.create(user=viewer, program=other_program, role="viewer")
    for name, day in (("Ledger", date(2026, 11, 6)), ("Audit", None)):
        make_pilot(name, program=other_program, since=date(2026, 4, 1), decide_by=day, by=early)
    Pilot.objects.update(quiet_until=None)
    scanned()
    Flag.objects.update(is_widespread=False)
    Pilot.objects.filter(pk=portfolio["fine"].pk).update(health="blocked", blocked_on=date(2026, 11, 10))
    Pilot.objects.filter(health="stalled").update(health_since=date(2026, 11, 12))
    owner = Owner.objects.create(program=program, name="Vic", user=viewer)
    Ownership.objects.create(
        pilot=portfolio["late"],
        owner=owner,
        role=OwnerRole.PRODUCTION_OWNER.value,
        since=date(2026, 9, 1),
        accepted_on=date(2026, 9, 1),
    )
    return viewer


def narrow(reader, scope, *programs):
    if scope == "everything":
        DigestSetting.objects.create(user=reader, scope=DigestScope.EVERYTHING.value)
    elif scope == "mine":
        DigestSetting.objects.create(user=reader, scope=DigestScope.MINE.value)
    else:
        setting = DigestSetting.objects.create(user=reader, scope=DigestScope.CHOSEN.value)
        setting.programs.set(programs)


def share(*programs):
    """Let a rule be told once for each program."""
    Flag.objects.filter(rule="R-08").update(is_widespread=True)
    for program in programs:
        ProgramLine.objects.create(program=program, rule="R-08", eligible=5, hit=1, counted_at=MONDAY)


def opened(client, reader, url):
    client.force_login(reader)
    with time_machine.travel(MONDAY, tick=False):
        return client.get(url.removeprefix(SITE)).context


@pytest.mark.parametrize(("scope", "pilots"), [("everything", 7), ("mine", 1), ("one program", 5)])
def test_totals_are_those_of_the_list(reader, client, program, scope, pilots):
    narrow(reader, scope, program)
    digest = compose(reader, MONDAY)

    assert digest.pilots == pilots
    for total in digest.totals:
        assert opened(client, reader, total.url)["listing"].page.paginator.count == total.count


@pytest.mark.parametrize(("scope", "stuck"), [("everything", 5), ("mine", 1), ("one program", 3)])
def test_same_list_is_the_same(reader, client, program, scope, stuck):
    narrow(reader, scope, program)
    digest = compose(reader, MONDAY)
    told = [item.key for chapter in (digest.newly, digest.before, digest.still) for item in chapter.every]
    told += [item.key for item in digest.blocked.every]

    listed = [row.pilot.key for row in opened(client, reader, digest.stalled_url)["page"].rows]

    assert sorted(listed) == sorted(told)
    assert len(listed) == stuck


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "UTC", "Pacific/Pago_Pago"])
def test_newly_stalled_are_those_of_the_list_for_a_reader_anywhere(reader, client, program, scope, zone):
    reader.zone = zone
    reader.save(update_fields=["zone"])
    narrow(reader, scope, program)
    last = MONDAY.replace(day=12, hour=10, minute=30)  # the 13th, the 12th and the 11th there
    Pilot.objects.filter(name="Invoice triage").update(health_since=date(2026, 11, 13))

    digest = compose(reader, MONDAY, since=last)
    listed = opened(client, reader, digest.newly.url)["page"].rows

    assert sorted(row.pilot.key for row in listed) == sorted(item.key for item in digest.newly.every)
    if scope == "everything":
        assert len(listed) == {"Pacific/Kiritimati": 0, "UTC": 1, "Pacific/Pago_Pago": 4}[zone]


@pytest.mark.parametrize("scope", ["everything", "one program"])
def test_program_lines_open_the_pilots_they_count(reader, client, program, other_program, scope):
    narrow(reader, scope, program)
    share(program, other_program)

    [line] = compose(reader, MONDAY).lines
    count = opened(client, reader, line.url)["listing"].page.paginator.count

    assert line.sentence.startswith(f"{count} of ")
    assert ("program=" in line.url) == (scope == "one program")


def test_what_no_one_address_names_has_no_link(reader, client, program, other_program, viewer):
    narrow(reader, "two programs", program, other_program)
    share(program, other_program)

    digest = compose(reader, MONDAY)

    assert digest.lines
    assert {total.url for total in digest.totals} == {"", digest.stalled_url, digest.newly.url}
    assert {line.url for line in digest.lines} == {""}
    assert "/stalled/" not in as_text(digest) + as_html(digest)
    assert 'href=""' not in as_html(digest)
    assert not any(line.endswith(": ") for line in as_text(digest).splitlines())
    Pilot.objects.update(health="on_track")
    Pilot.objects.update(decide_by=None)
    letter = write_sign_of_life(Message(kind=SIGN_OF_LIFE, person=reader), MONDAY)
    assert "/stalled/" not in letter.text + letter.html
