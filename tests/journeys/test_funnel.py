"""The funnel as somebody uses it: narrow it, look back, follow a number, turn the lights off."""

import re
from datetime import date

import pytest
from playwright.sync_api import expect

from pilots.actions.stage import Move, move_pilot
from pilots.calendar import Day
from pilots.lifecycle import Stage
from tests.journeys.conftest import PHONE

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def portfolio(make_pilot, by):
    for number in range(3):
        make_pilot(f"Open {number}", since=date(2026, 1, 15))
    shown = make_pilot("Shown to work", since=date(2026, 1, 15), vendor="Acme")
    moved = Move(pilot=shown, to=Stage.PROVEN, happened=Day(date(2026, 5, 4)), evidence="91 %")
    move_pilot(moved, by=by)


def bars(page):
    return page.locator("[data-plot] .barlayer .point path")


def fills(page):
    return page.evaluate(
        "[...document.querySelectorAll('[data-plot] .barlayer .point path')].map(p => p.style.fill)"
    )


def test_filters_swap_the_page_and_keep_the_address(visitor, manager, portfolio):
    visitor.sign_in("maren@example.com")
    page = visitor.open("/funnel/")
    expect(page.locator(".state")).to_contain_text("4 piloted, 1 proven")
    expect(bars(page)).not_to_have_count(0)

    page.locator("#by-age").click()
    page.get_by_role("link", name="8 months", exact=True).click()
    expect(page.locator("#by-age")).to_contain_text("8 months")
    expect(page.locator("#by-age")).to_be_focused()
    expect(page).to_have_url(re.compile(r"/funnel/\?matured_months=8$"))
    expect(bars(page)).not_to_have_count(0)
    visitor.look()

    page.locator("#by-description").click()
    page.get_by_label("Vendor").fill("acme")
    page.get_by_role("button", name="Show").last.click()
    expect(page.locator(".state")).to_contain_text("1 piloted, 1 proven")
    page.get_by_role("link", name=re.compile("Vendor is")).click()
    expect(page.locator(".state")).to_contain_text("4 piloted, 1 proven")

    page.go_back()
    expect(page.locator(".state")).to_contain_text("1 piloted, 1 proven")


def test_day_is_moved_back_on_the_scale_and_by_hand(visitor, manager, portfolio):
    visitor.sign_in("maren@example.com")
    page = visitor.open("/funnel/")

    page.get_by_label("As of the end of the month").fill("3")
    page.get_by_label("As of the end of the month").dispatch_event("change")
    expect(page).to_have_url(re.compile(r"as_of=2026-04-30"))
    expect(page.locator(".state")).to_contain_text("4 piloted, none proven yet")
    expect(bars(page)).not_to_have_count(0)
    page.get_by_role("link", name="Today", exact=True).last.click()
    expect(page.locator(".state")).to_contain_text("4 piloted, 1 proven")


def test_a_part_of_a_bar_opens_its_pilots(visitor, manager, portfolio):
    visitor.sign_in("maren@example.com")
    page = visitor.open("/funnel/")

    plot = page.locator("[data-plot]")
    box = plot.bounding_box()
    plot.click(position={"x": box["width"] * 0.7, "y": 14})

    expect(page).to_have_url(re.compile(r"/pilots/\?.*now=open"))
    expect(page.get_by_role("link", name=re.compile("^Open"))).to_have_count(3)
    visitor.look()


def test_bars_follow_the_theme(visitor, manager, portfolio):
    visitor.sign_in("maren@example.com")
    page = visitor.open("/funnel/")
    expect(bars(page)).not_to_have_count(0)
    light = fills(page)

    page.get_by_role("button", name="Light or dark").click()

    expect(bars(page).first).not_to_have_css("fill", light[0])
    assert len(fills(page)) == len(light)
    visitor.look()


def test_names_of_bars_stay_beside_them_on_a_phone(make_visitor, manager, portfolio):
    visitor = make_visitor(viewport=PHONE)
    visitor.sign_in("maren@example.com")
    page = visitor.open("/funnel/")

    names, drawn = page.evaluate(
        """() => {
          const boxes = (all) => [...document.querySelectorAll(all)].map((e) => e.getBoundingClientRect());
          const drawn = boxes("[data-plot] .barlayer .point path").filter((box) => box.width > 1);
          return [
            boxes(".bars li .name").map((box) => box.bottom),
            [...new Set(drawn.map((box) => Math.round(box.top)))].sort((a, b) => a - b),
          ];
        }"""
    )
    assert len(drawn) == 2
    for name, bar in zip(names, drawn, strict=False):
        assert 0 <= bar - name <= 8
