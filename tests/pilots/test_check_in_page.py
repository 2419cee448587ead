import pytest
import time_machine

from pilots.actions.stage import Move, move_pilot
from pilots.lifecycle import Stage
from pilots.models import LogEntry, Pilot
from tests.conftest import NOW

URL = "/pilots/CLM-1/check-in/"


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


def _errors(response) -> dict[str, list[str]]:
    return {name: list(errors) for name, errors in response.context["form"].errors.items()}


def test_one_answer_is_a_check_in(client, contributor, make_pilot):
    make_pilot()
    client.force_login(contributor)

    response = client.post(URL, {"going": "blocked", "text": ""}, follow=True)

    assert LogEntry.objects.values_list("kind", "going", "text", "author").get() == (
        "check_in",
        "blocked",
        "",
        contributor.pk,
    )
    assert Pilot.objects.get().heard_at == NOW
    assert [str(message) for message in response.context["messages"]] == [
        "Your check-in on Claims triage is noted."
    ]


def test_comment_is_noted_and_counts_as_nothing_heard(client, contributor, make_pilot):
    make_pilot()
    client.force_login(contributor)

    client.post(URL, {"going": "", "text": "Kerstin asked for the list.\r\nShe waits.", "comment": "1"})

    assert LogEntry.objects.values_list("kind", "text").get() == (
        "comment",
        "Kerstin asked for the list.\nShe waits.",
    )
    assert Pilot.objects.get().heard_at is None


def test_last_check_in_is_told(client, contributor, make_pilot):
    make_pilot()
    client.force_login(contributor)

    before = client.get(URL).context["last"]
    client.post(URL, {"going": "moving"})

    assert (before, client.get(URL).context["last"]) == (
        "Nobody has checked in yet.",
        "Last check-in Wed 18 Nov, today.",
    )


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        pytest.param(
            {"going": "", "text": "  "},
            {"text": ["Say in a sentence how it goes, or choose one of the answers."]},
            id="empty",
        ),
        pytest.param({"going": "flying"}, {"going": ["Choose one of the three answers."]}, id="unknown"),
        pytest.param({"text": "a\x00b"}, {"text": ["This text holds a NUL character. Remove it."]}, id="nul"),
        pytest.param(
            {"text": "t" * 4001}, {"text": ["Write at most 4000 characters; these are 4001."]}, id="too-long"
        ),
    ],
)
def test_check_in_is_refused_in_words(client, contributor, make_pilot, fields, errors):
    make_pilot()
    client.force_login(contributor)

    response = client.post(URL, fields)

    assert (_errors(response), LogEntry.objects.count()) == (errors, 0)


def test_ended_pilot_takes_comments_only(client, manager, make_pilot, by):
    move_pilot(Move(pilot=make_pilot(), to=Stage.STOPPED, reason="Too few cases."), by=by)
    client.force_login(manager)

    shown = client.get(URL).content.decode()
    refused = client.post(URL, {"going": "moving"})
    client.post(URL, {"text": "The data came later.", "comment": "1"})

    assert "Send check-in" not in shown
    assert _errors(refused) == {"__all__": ["It is stopped: leave a comment instead."]}
    assert LogEntry.objects.values_list("kind", "text").get() == ("comment", "The data came later.")


@pytest.mark.parametrize(("who", "status"), [("viewer", 403), ("executive", 403), ("stranger", 404)])
def test_others_may_not_check_in(request, client, make_pilot, who, status):
    make_pilot()
    client.force_login(request.getfixturevalue(who))

    assert (client.get(URL).status_code, client.post(URL, {"going": "moving"}).status_code) == (
        status,
        status,
    )
    assert LogEntry.objects.count() == 0


@pytest.mark.parametrize(
    ("stage", "heading"),
    [(Stage.PILOTING, "Check in on Claims triage"), (Stage.STOPPED, "Comment on Claims triage")],
)
def test_heading_says_what_the_page_is_for(client, contributor, make_pilot, stage, heading):
    make_pilot(stage=stage)
    client.force_login(contributor)

    assert f"<h1><bdi>{heading}</bdi></h1>" in client.get(URL).content.decode()
