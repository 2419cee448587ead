"""The calendar of the digest: every zone, clocks that change, ticks that are lost or come twice."""

import os
import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest

from portfolio.digests.week import (
    Rhythm,
    is_due,
    knows_zone,
    local,
    moment_in,
    next_moment,
    sunday_of,
    week_at,
    week_key,
    weeks_missed,
    zone_named,
)

HOUR = timedelta(hours=1)
START, YEARS = datetime(2024, 12, 1, tzinfo=UTC), 4
END = START.replace(year=START.year + YEARS)
NEW_YEAR = date(2024, 12, 30)


def test_week_key_belongs_to_the_iso_year():
    assert week_key(NEW_YEAR) == "2025-W01"
    assert NEW_YEAR.strftime("%Y-W%V") == "2024-W01"  # what it must not be: January has used it
    assert week_key(date(2026, 12, 31)) == "2026-W53"
    assert sunday_of("2026-W47") == date(2026, 11, 22)


@pytest.mark.parametrize(
    ("moment", "due"),
    [
        (datetime(2026, 11, 16, 7, 59, tzinfo=UTC), False),  # 08:59 in Berlin
        (datetime(2026, 11, 16, 8, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 22, 22, 59, tzinfo=UTC), True),  # Sunday 23:59, the same week
        (datetime(2026, 11, 22, 23, 0, tzinfo=UTC), False),  # Monday, the next one
    ],
)
def test_due_from_the_chosen_hour_until_the_week_ends(moment, due):
    assert is_due(moment, Rhythm(zone="Europe/Berlin")) is due


def test_an_hour_that_the_clock_skips_or_repeats_is_due_once():
    sunday_half_past_two = Rhythm(weekday=6, hour=2, zone="Europe/Berlin")
    fired = [
        week_at(at, sunday_half_past_two)
        for at in ticks(datetime(2026, 3, 22, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC))
        if is_due(at, sunday_half_past_two)
    ]

    # Through March and October every week is there, and as one stretch, so a key per week sends it once.
    assert sorted(set(fired)) == [week_key(date(2026, 3, 22) + timedelta(weeks=n)) for n in range(33)]


def test_weeks_missed_are_those_that_ended():
    assert weeks_missed("2026-W46", "2026-W47") == []
    assert weeks_missed("2026-W51", "2027-W01") == ["2026-W52", "2026-W53"]
    assert len(weeks_missed("2020-W01", "2026-W47")) == 8


def test_next_moment_is_said_in_the_zone_of_the_person():
    monday = Rhythm(zone="Europe/Berlin")
    wednesday = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)

    assert next_moment(wednesday, monday, last="2026-W47").isoformat() == "2026-11-23T09:00:00+01:00"
    assert next_moment(wednesday, monday, last="2026-W46") == wednesday
    assert next_moment(wednesday, Rhythm(weekday=4), last=None) == datetime(2026, 11, 20, 9, tzinfo=UTC)


def test_a_zone_nobody_knows_counts_as_utc():
    assert not knows_zone("Mars/Olympus")
    assert not knows_zone("../../etc/passwd")
    assert knows_zone("UTC")
    assert knows_zone("Europe/Berlin")
    assert local(START, "Mars/Olympus") == START
    assert zone_named("Mars/Olympus") is UTC
    assert moment_in("2026-W47", Rhythm(zone="Mars/Olympus")) == datetime(2026, 11, 16, 9, tzinfo=UTC)


# --- The sweep -------------------------------------------------------------------------


def ticks(start, end):
    at = start
    while at < end:
        yield at
        at += HOUR


def rough_ticks(dice, start=START, end=END):
    """Hourly, 3 % of them lost and 2 % doubled."""
    for at in ticks(start, end):
        luck = dice.random()
        if luck >= 0.03:
            yield at
        if luck >= 0.98:
            yield at


def local_weeks(rhythm):
    """The weeks of which the chosen hour and all that follows it lie inside the sweep."""
    weeks = {}
    for at in ticks(START, END):
        weeks.setdefault(week_at(at, rhythm), []).append(at)
    return {week for week, hours in weeks.items() if len(hours) > 24 * 6}


def rules_of(zone):
    """Two zones with the same hours from UTC at every change are the same for the calendar."""
    offsets, day = [], START
    while day < END:
        offsets.append(day.astimezone(ZoneInfo(zone)).utcoffset())
        day += timedelta(days=1)
    return tuple(offsets)


def zones():
    every = sorted(available_timezones() - {"Factory", "localtime"})
    if os.environ.get("HEADWAY_LONG"):
        return every
    picked, seen = [], set()
    for zone in random.Random(47).sample(every, 150):
        rules = rules_of(zone)
        if rules not in seen:
            seen.add(rules)
            picked.append(zone)
    return picked[:14]


def sent_by_key(zone, dice):
    rhythm, told = Rhythm(zone=zone), set()
    sent = Counter()
    for at in rough_ticks(dice):
        week = week_at(at, rhythm)
        if is_due(at, rhythm) and week not in told:
            told.add(week)
            sent[week] += 1
    return sent


def sent_by_crontab(zone, dice):
    """The control: Monday at nine by the wall, without a key."""
    sent = Counter()
    for at in rough_ticks(dice):
        wall = local(at, zone)
        if (wall.weekday(), wall.hour) == (0, 9):
            sent[week_key(wall.date())] += 1
    return sent


def wrong(zone, send):
    sent = send(zone, random.Random(zone))
    return sum(sent[week] != 1 for week in local_weeks(Rhythm(zone=zone)))


@pytest.mark.long
def test_every_zone_gets_one_digest_a_week_for_four_years():
    swept = zones()

    assert {zone: wrong(zone, sent_by_key) for zone in swept if wrong(zone, sent_by_key)} == {}


def test_a_crontab_without_a_key_would_not():
    assert sum(wrong(zone, sent_by_crontab) for zone in zones()[:3]) > 0


# --- Moving house ----------------------------------------------------------------------


@pytest.mark.long
def test_moving_house_neither_repeats_nor_skips_a_week():
    dice = random.Random(2026)
    homes = [
        "Pacific/Kiritimati",
        "Pacific/Niue",
        "Etc/GMT+12",
        "Europe/Berlin",
        "America/New_York",
        "Asia/Kolkata",
        "Australia/Lord_Howe",
        "Pacific/Chatham",
    ]
    rounds = 10_000 if os.environ.get("HEADWAY_LONG") else 150

    for _ in range(rounds):
        zone, sent, settled = dice.choice(homes), [], ""
        at = START + timedelta(hours=dice.randrange(24 * 365))
        end = at + timedelta(weeks=8)
        moves = {at + timedelta(hours=dice.randrange(24 * 56)) for _ in range(dice.randrange(12))}
        while at < end:
            zone = dice.choice(homes) if at in moves else zone
            rhythm = Rhythm(zone=zone)
            week = week_at(at, rhythm)
            # As `enqueue_due` decides it: a week that was settled, or lies before one, is not due again.
            if is_due(at, rhythm) and week > settled:
                settled = week
                sent.append((week, at))
            at += HOUR

        assert len({week for week, _ in sent}) == len(sent)
        gaps = [later - earlier for (_, earlier), (_, later) in pairwise(sent)]
        assert max(gaps) <= timedelta(days=14)
