"""Pace as somebody uses it; and what pilots, vendors and programs are called does nothing in a chart."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from pilots.access.models import Program, Role
from pilots.actions.account import add_member, create_programs
from pilots.actions.pilot import NewPilot, log_pilots
from pilots.actions.stage import Past
from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.models import Origin
from portfolio.pace.sections.all import SECTIONS

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

PAYLOADS = (
    "<script>alert(1)</script>",
    "</script><script>alert(2)</script>",
    "<img src=x onerror=alert(3)>",
    "<svg onload=alert(4)>",
    "<svg><script>alert(5)</script></svg>",
    '<a href="javascript:alert(6)">Click</a>',
    "<a href='https://example.org' target='_blank' style='color:red'>Link</a>",
    '<a href="data:text/html,<script>alert(7)</script>">x</a>',
    "<b>bold</b><i>i</i><sub>s</sub><sup>S</sup><br>line",
    '<span style="font-size:99px;color:red">big</span>',
    "<extra>trace</extra>",
    "%{x}%{customdata}<extra></extra>",
    "$\\frac{1}{2}$",
    "{{ 7|add:7 }}{% debug %}",
    "${alert(8)}`",
    '"><script>alert(9)</script>',
    "' onmouseover='alert(10)",
    '" autofocus onfocus="alert(11)',
    "javascript:alert(12)",
    "&lt;script&gt;alert(13)&lt;/script&gt;",
    "&#60;img src=x onerror=alert(14)&#62;",
    "<iframe srcdoc='<script>alert(15)</script>'>",
    "<style>*{display:none}</style>",
    "<!-- <script>alert(16)//",
    "]]><![CDATA[<script>",
    "<math><mtext><img src=x onerror=alert(17)>",
    "<details open ontoggle=alert(18)>",
    "<form action=javascript:alert(19)><button>",
    "\u202eevil\u202c reversed",
    "\u2066mixed עברית\u2069 العربية",
    "🤖🧪👩🏽‍🚀 pilot",
    "x" * 200,
    "W" * 60 + " " + "i" * 60,
    "a\u200bb\u00a0c",
    "'; DROP TABLE pilots; --",
    '=HYPERLINK("https://example.org")',
    "\\u003cscript\\u003ealert(20)\\u003c/script\\u003e",
    "-->",
    "<template><script>alert(21)</script></template>",
    "__proto__",
)
WORLD = """
  addEventListener("securitypolicyviolation", (event) => console.error("CSP " + event.violatedDirective));
"""


@pytest.fixture
def portfolio(by_system, manager):
    """Pilots whose every word is an attack: some in each stage, and enough that moved on for curves."""
    hostile = Program(name="<img src=x onerror=alert(0)>\"'</script>", slug="hostile", prefix="EVL")
    (program,) = create_programs([hostile], by=by_system)
    add_member(program=program, user=manager, role=Role.MANAGER, by=by_system)
    log_pilots([_new(program, place, name) for place, name in enumerate(PAYLOADS)], by=by_system)
    return program


WAY = (Stage.PILOTING, Stage.PROVEN, Stage.TRANSITION, Stage.LIMITED, Stage.PRODUCTION)


def _new(program, place, name):
    start = date(2026, 1, 5) + timedelta(days=place)
    stages = [*WAY[: 1 + place % 5]]
    if place % 7 == 6:
        stages.append(Stage.STOPPED if Stage.PRODUCTION not in stages else Stage.RETIRED)
    past = [
        Past(
            stage=stage,
            happened=Day(start + timedelta(days=20 * step)),
            latest_on=date(2026, 11, 1),
            origin=Origin.IMPORTED,
        )
        for step, stage in enumerate(stages)
    ]
    return NewPilot(
        program=program,
        name=name,
        problem=name,
        vendor=name[:80],
        unit=name[:80],
        tags=(name.replace(",", " ")[:40],),
        past=tuple(past),
    )


def test_names_do_nothing_in_any_chart(visitor, manager, portfolio):
    """No dialog, no report of the policy, no error: `make_visitor` fails on each of them."""
    visitor.page.add_init_script(WORLD)
    visitor.sign_in("maren@example.com")
    for path in ("/funnel/", *(f"/pace/?view={section.code}" for section in SECTIONS)):
        visitor.page.emulate_media(color_scheme="light")
        page = visitor.open(path)
        if page.locator("[data-figure]").count():
            expect(page.locator("[data-figure] .main-svg").first).to_be_visible(timeout=20_000)
        if path.endswith("age"):
            _point_at_dots(page)
            assert page.locator("[data-figure] :is(a, img, foreignObject)").count() == 0
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")  # colours change at once
        visitor.look(only=["color-contrast"])


def _point_at_dots(page):
    """Let the chart say what some dots are."""
    for place, dot in enumerate(page.locator("[data-figure] .scatterlayer .point").all()):
        if place % 4 == 0:
            box = dot.bounding_box()
            page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(".hoverlayer text").first).to_be_visible()


def test_views_and_filters_swap_without_a_new_page(visitor, manager, portfolio):
    visitor.sign_in("maren@example.com")
    page = visitor.open("/pace/?vendor=nobody")
    expect(page.locator("#pace .empty")).to_contain_text("No pilot fits")
    assert not page.evaluate("Boolean(window.Plotly)")  # nothing to draw, so nothing was fetched
    page.evaluate("window.stays = true")

    page.get_by_role("link", name="Time in stage").click()
    expect(page).to_have_url(re.compile(r"view=stages"))
    page.get_by_role("link", name="Age of open work").click()
    expect(page).to_have_url(re.compile(r"/pace/\?vendor=nobody$"))
    page.locator("#by-age").click()
    page.get_by_role("link", name="8 months", exact=True).click()
    expect(page).to_have_url(re.compile(r"matured_months=8"))
    assert page.evaluate("window.stays")

    page = visitor.open("/pace/?matured_months=18")
    page.evaluate("window.stays = true")
    page.locator("#by-age").click()
    page.get_by_role("link", name="Any age", exact=True).click()
    expect(page.locator("[data-figure='figure-age'] .main-svg").first).to_be_visible(timeout=20_000)
    assert page.evaluate("window.stays")

    dot = page.locator("[data-figure='figure-age'] .scatterlayer .point").first
    box = dot.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page).to_have_url(re.compile(r"/pilots/EVL-"))
