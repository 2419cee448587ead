from types import ModuleType

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict
from django.urls import include, path
from django.urls.resolvers import ResolverMatch

from pilots.access.models import Program
from pilots.actions.account import create_programs
from portfolio.desk.frame import Frame, frame


def _nothing(request, **kwargs):
    raise AssertionError("The frame never calls a page.")


_TODAY = ([path("", _nothing, name="today"), path("pilots/new/", _nothing, name="pilot_new")], "desk")
_PILOTS = (
    [path("", _nothing, name="pilot_list"), path("<str:key>/", _nothing, name="pilot_detail")],
    "pilots",
)
_STALLED = ([path("", _nothing, name="stalled")], "stalled")
_FUNNEL = ([path("", _nothing, name="funnel")], "dashboards")
_PACE = ([path("", _nothing, name="pace")], "pace")
_VALUE = ([path("", _nothing, name="value")], "value")


@pytest.fixture(autouse=True)
def addresses(settings):
    """The frame's own addresses, so that these tests need no page."""
    urls = ModuleType("urls")
    urls.urlpatterns = [
        path("", include(_TODAY)),
        path("pilots/", include(_PILOTS)),
        path("stalled/", include(_STALLED)),
        path("funnel/", include(_FUNNEL)),
        path("pace/", include(_PACE)),
        path("value/", include(_VALUE)),
    ]
    settings.ROOT_URLCONF = urls


def _match(name: str) -> ResolverMatch:
    namespace, _, url_name = name.partition(":")
    return ResolverMatch(_nothing, (), {}, url_name=url_name, namespaces=[namespace])


def _frame(user, *, on: str = "desk:today", at: str = "/", query: str = "") -> Frame:
    return Frame(user, _match(on), at, QueryDict(query))


def test_frame_is_none_for_strangers(rf):
    request = rf.get("/")
    request.user = AnonymousUser()
    assert frame(request) == {"frame": None}


def test_frame_is_none_when_a_page_fails_before_sign_in(rf):
    assert frame(rf.get("/")) == {"frame": None}


def test_frame_asks_nothing_until_it_is_used(rf, manager, django_assert_num_queries):
    request = rf.get("/")
    request.user, request.resolver_match = manager, _match("desk:today")
    with django_assert_num_queries(0):
        frame(request)


def test_frame_asks_two_queries_whatever_the_number_of_programs(
    manager, other_program, django_assert_num_queries
):
    shown = _frame(manager, query="program=claims")
    with django_assert_num_queries(2):
        assert shown.program is not None
        assert len(shown.choices) == 2
        assert len(shown.nav) == 6
        assert shown.may_log
        assert shown.mail_goes_to_files is not None
        assert not shown.sample_banner


def test_programs_are_those_the_person_may_see(manager, program, other_program):
    assert _frame(manager).programs == [program]


def test_program_that_is_not_visible_is_not_chosen(manager, other_program):
    assert _frame(manager, query="program=finance").program is None


def test_nav_keeps_the_chosen_program(manager, program):
    urls = [place.url for place in _frame(manager, query="program=claims").nav]
    assert urls == [
        f"{address}?program=claims"
        for address in ("/", "/pilots/", "/stalled/", "/funnel/", "/pace/", "/value/")
    ]


@pytest.mark.parametrize(
    ("on", "marks"),
    [
        ("desk:today", ["page", "", "", "", "", ""]),
        ("desk:pilot_new", ["", "", "", "", "", ""]),
        ("pilots:pilot_list", ["", "page", "", "", "", ""]),
        ("pilots:pilot_detail", ["", "true", "", "", "", ""]),
        ("stalled:stalled", ["", "", "page", "", "", ""]),
        ("stalled:rules", ["", "", "true", "", "", ""]),
        ("pilots:flag_snooze", ["", "", "true", "", "", ""]),
        ("dashboards:funnel", ["", "", "", "page", "", ""]),
        ("pace:pace", ["", "", "", "", "page", ""]),
        ("value:value", ["", "", "", "", "", "page"]),
    ],
)
def test_nav_marks_where_the_person_is(manager, on, marks):
    assert [place.current for place in _frame(manager, on=on).nav] == marks


def test_choices_stay_on_a_filtered_page(manager, program):
    choices = _frame(manager, on="dashboards:funnel", at="/funnel/", query="program=claims").choices
    assert [(choice.name, choice.url, choice.is_current) for choice in choices] == [
        ("All programs", "/funnel/", False),
        ("Claims AI", "/funnel/?program=claims", True),
    ]


def test_choices_lead_to_the_list_from_a_page_about_one_pilot(manager, program):
    choices = _frame(manager, on="pilots:pilot_detail", at="/pilots/CLM-1/").choices
    assert [choice.url for choice in choices] == ["/pilots/", "/pilots/?program=claims"]


def test_viewer_may_not_log(viewer):
    assert not _frame(viewer).may_log


def test_sample_banner_shows_while_there_is_nothing_but_the_sample(executive, by_system):
    create_programs([Program(name="Sample", slug="sample", prefix="SMP", is_sample=True)], by=by_system)
    assert _frame(executive).sample_banner


def test_sample_banner_shows_beside_real_programs_only_when_the_sample_is_chosen(
    executive, program, by_system
):
    create_programs([Program(name="Sample", slug="sample", prefix="SMP", is_sample=True)], by=by_system)
    assert not _frame(executive).sample_banner
    assert _frame(executive, query="program=sample").sample_banner


def test_nobody_receives_mail_is_said_to_those_who_can_change_it(manager, viewer, administrator, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    assert _frame(manager).mail_goes_to_files
    assert _frame(administrator).mail_goes_to_files
    assert not _frame(viewer).mail_goes_to_files


def test_mail_through_a_server_is_not_mentioned(manager, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert not _frame(manager).mail_goes_to_files
