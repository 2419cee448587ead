import html

import pytest


@pytest.mark.parametrize(
    ("query", "sentence", "without"),
    [
        ("entered_from=2026-01-01", "The funnel has no filter “entered_from”.", "/funnel/"),
        ("program=claims&page=2", "The funnel has no filter “page”.", "/funnel/?program=claims"),
        (
            "vendor=acme&vendor=other",
            "“vendor” stands in the address more than once. Leave one of them.",
            "/funnel/",
        ),
    ],
)
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_unknown_parameter_is_refused_and_nothing_is_counted(
    make_pilot, manager, visit, headers, query, sentence, without
):
    make_pilot()

    response = visit(manager, f"/funnel/?{query}", **headers)

    page = html.unescape(response.content.decode())
    assert f'<li>{sentence} <a class="link" href="{without}">Leave it out</a></li>' in page
    assert "funnel-figure" not in page
