from datetime import timedelta

import pytest

from pilots.access.models import User
from pilots.models import Decision, Flag
from portfolio.digests.links import (
    Expired,
    Unreadable,
    answer_url,
    decide_url,
    read_answer,
    read_decide,
    read_unsubscribe,
    unsubscribe_url,
)
from tests.conftest import NOW


def token(url):
    return url.rstrip("/").rsplit("/", 1)[1]


MAREN = User(pk=7)


def test_answer_link_says_whom_what_and_until_when(settings):
    settings.SITE_URL = "https://headway.example"

    url = answer_url(MAREN, Flag(pk=31), NOW)
    link = read_answer(token(url), NOW)

    assert url.startswith("https://headway.example/a/7-31-")
    assert (link.user_id, link.about, link.ends_at) == (7, 31, NOW + timedelta(days=14))


def test_links_end_after_fourteen_days():
    answer, decide = answer_url(MAREN, Flag(pk=31), NOW), decide_url(MAREN, Decision(pk=5), NOW)
    last = NOW + timedelta(days=14) - timedelta(seconds=1)

    assert read_answer(token(answer), last).about == 31
    assert read_decide(token(decide), last).about == 5
    with pytest.raises(Expired):
        read_answer(token(answer), NOW + timedelta(days=14))
    with pytest.raises(Expired):
        read_decide(token(decide), NOW + timedelta(days=14))


def test_stop_link_does_not_end():
    assert read_unsubscribe(token(unsubscribe_url(MAREN, "digest"))).user_id == 7


def test_no_link_opens_what_another_one_does():
    tokens = {
        read_answer: token(answer_url(MAREN, Flag(pk=31), NOW)),
        read_decide: token(decide_url(MAREN, Decision(pk=31), NOW)),
        read_unsubscribe: token(unsubscribe_url(MAREN, "digest")),
    }

    for reads in tokens:
        for other, foreign in tokens.items():
            if other is not reads:
                arguments = (foreign,) if reads is read_unsubscribe else (foreign, NOW)
                with pytest.raises(Unreadable):
                    reads(*arguments)


@pytest.mark.parametrize("bad", ["", "x", "7-31-0", "7-31-0.abc", "8" * 5000, "7-31-1763283600.\x00"])
def test_changed_links_are_unreadable(bad):
    with pytest.raises(Unreadable):
        read_answer(bad, NOW)


def test_one_changed_letter_is_enough():
    good = token(answer_url(MAREN, Flag(pk=31), NOW))

    with pytest.raises(Unreadable):
        read_answer(good.replace("7-31", "7-32", 1), NOW)
