"""Workers that are killed, frozen, doubled and told to stop while a digest goes out.

Promise J1: nothing is lost, and each kill costs at most one repeated mail, with the same Message-ID.
Over SMTP more cannot be promised: between the server's answer and our mark lies one line.
"""

from collections import Counter

import pytest

from tests.faults.place import LONG

pytestmark = [pytest.mark.faults, pytest.mark.processes]

PEOPLE, KILLS = (500, 200) if LONG else (40, 12)
FEW = 30  # enough for a control: it fails at once


def recipients(place):
    return Counter(mail["recipient"] for mail in place.sink.accepted())


def repeats(place):
    return sum(recipients(place).values()) - len(recipients(place))


def test_killed_workers_lose_no_digest_and_repeat_at_most_one_each(make_place):
    place = make_place(PEOPLE)

    told = place.ask(f"offer(); print(killed({KILLS}, seed=7), unsent())").split()[-2:]

    killed, left = map(int, told)
    assert (killed, left) == (KILLS, 0)
    assert len(recipients(place)) == PEOPLE
    assert repeats(place) <= killed
    assert len({mail["message_id"] for mail in place.sink.accepted()}) == PEOPLE
    print(f"{PEOPLE} people, {killed} kills: 0 lost, {repeats(place)} repeated")


@pytest.mark.once
@pytest.mark.parametrize("way", ["mark_first", "mark_at_the_end"])
def test_other_ways_lose_or_repeat_under_the_same_kills(make_place, way):
    """The control: the same harness tells the designs apart."""
    place = make_place(FEW)

    place.ask(f"from tests.faults import controls; offer(); killed(8, seed=11, deed=controls.{way})")

    lost = FEW - len(recipients(place))
    print(f"{way}: {lost} lost, {repeats(place)} repeated")
    if way == "mark_first":
        assert lost > 0
    else:
        assert repeats(place) > 8


@pytest.mark.once
@pytest.mark.parametrize(
    ("point", "repeated"),
    [("after_lease", 0), ("before_send", 0), ("after_send", 1), ("after_mark", 0)],
)
def test_only_a_kill_between_answer_and_mark_repeats_a_mail(make_place, point, repeated):
    place = make_place(12)

    place.ask("offer()")
    ended = place.run("deliver", HEADWAY_FAILPOINT=point, HEADWAY_FAILPOINT_AT="5")
    place.ask("finish()")

    assert ended == -9
    assert len(recipients(place)) == 12
    assert repeats(place) == repeated
    assert len({mail["message_id"] for mail in place.sink.accepted()}) == 12


def test_kill_while_queueing_leaves_everybody_queued_once(make_place):
    place = make_place(12)

    ended = place.run("offer", HEADWAY_FAILPOINT="in_enqueue")
    queued_before = int(place.ask("print(unsent())"))
    place.ask("offer(); offer(); finish()")

    assert ended == -9
    assert queued_before in {0, 12}
    assert recipients(place) == {f"person{number}@example.com": 1 for number in range(12)}


def test_four_workers_and_two_beats_send_each_mail_once(make_place):
    place = make_place(PEOPLE)

    place.ask("offer(); together(*[deliver] * 4, *[offer] * 2)")

    assert recipients(place) == {f"person{number}@example.com": 1 for number in range(PEOPLE)}


@pytest.mark.once
def test_workers_that_take_nothing_send_the_same_mail_twice(make_place):
    """The control: without taking a message first, four workers repeat it."""
    place = make_place(FEW)

    place.ask("from tests.faults import controls; offer(); together(*[controls.without_taking] * 4)")

    assert repeats(place) > 0
