import pytest

from pilots.lifecycle import Stage


@pytest.mark.parametrize(
    ("stage", "said", "unsaid"),
    [
        (Stage.IDEA, "Nobody yet", "Nobody, and nobody said why not"),
        (Stage.PROVEN, "Nobody, and nobody said why not", "Nobody yet"),
    ],
)
def test_seat_that_nobody_holds_is_a_matter_from_proven_on(client, manager, make_pilot, stage, said, unsaid):
    make_pilot(stage=stage)
    client.force_login(manager)

    html = client.get("/pilots/CLM-1/people/").content.decode()

    assert html.count(said) == 6
    assert unsaid not in html
