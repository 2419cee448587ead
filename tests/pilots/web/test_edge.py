import pytest


@pytest.mark.parametrize(
    "address", ["/", "/pilots/", "/pilots/CLM-1/", "/pilots/CLM-9/", "/funnel/", "/accounts/password/change/"]
)
def test_no_cache_keeps_a_page_of_somebody_signed_in(client, manager, make_pilot, address):
    make_pilot()
    client.force_login(manager)

    kept = client.get(address).headers["Cache-Control"].split(", ")

    assert {"private", "no-store"} <= set(kept)


def test_files_of_the_look_are_kept(client, manager):
    client.force_login(manager)

    response = client.get("/static/css/base.css")
    response.close()

    assert (response.status_code, "no-store" in response.headers["Cache-Control"]) == (200, False)


def test_the_api_says_its_own(client, manager):
    client.force_login(manager)
    assert client.get("/api/v1/me/").headers["Cache-Control"] == "private, no-cache"
