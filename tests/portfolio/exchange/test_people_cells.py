from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilots.actions.by import Refused
from pilots.actions.owner import read_contact
from portfolio.exchange.list_cells import read_list, read_written_list
from portfolio.exchange.people_cells import pair_people, read_addresses, read_people


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("Ann Lee", ["Ann Lee"]),
        ("Lee, Ann", ["Lee, Ann"]),
        ("Lee, Ann; Ek, Bo", ["Lee, Ann", "Ek, Bo"]),
        ("Ann Lee;Bo Ek\nCy Dahl", ["Ann Lee", "Bo Ek", "Cy Dahl"]),
        ("Ann Lee\r\n\r\nBo Ek;", ["Ann Lee", "Bo Ek"]),
        ("- Ann Lee\n- Bo Ek", ["Ann Lee", "Bo Ek"]),
        ("1. Ann Lee\n2) Bo Ek", ["Ann Lee", "Bo Ek"]),
        ("Ann Lee and Bo Ek", ["Ann Lee", "Bo Ek"]),
        ("Ann van der Lee & Bo Ek", ["Ann van der Lee", "Bo Ek"]),
        ("Jörg Überall und Bo Ek", ["Jörg Überall", "Bo Ek"]),
        ("['Ann Lee', 'Bo Ek']", ["Ann Lee", "Bo Ek"]),
        ('["Lee, Ann", "Bo O\'Neil"]', ["Lee, Ann", "Bo O'Neil"]),
        ("[]", []),
        ("[None]", []),
        ("ann@x.org", ["ann@x.org"]),
        ("Ann Lee <ann@x.org>", ["Ann Lee <ann@x.org>"]),
        ("Ann Lee (ann@x.org)", ["Ann Lee <ann@x.org>"]),
        ("Ann Lee, ann@x.org", ["Ann Lee <ann@x.org>"]),
        ("Ann Lee - mailto:ann@x.org", ["Ann Lee <ann@x.org>"]),
        ("Lee, Ann <ann@x.org>, Ek, Bo <bo@x.org>", ["Lee, Ann <ann@x.org>", "Ek, Bo <bo@x.org>"]),
        ("ann@x.org, bo@x.org", ["ann@x.org", "bo@x.org"]),
        ("ann@x.org bo@x.org", ["ann@x.org", "bo@x.org"]),
        ("Ann Lee; ann lee", ["Ann Lee"]),
        ("Claims desk", ["Claims desk"]),
        ("IT/Operations", ["IT/Operations"]),
        ("", []),
        ("TBD", []),
        ("n/a", []),
        ("k.A.", []),
        ("noch offen", []),
        ("Nobody yet", []),
        ("Ann Lee; tbc", ["Ann Lee"]),
    ],
)
def test_people_that_are_plainly_told(text, people):
    assert read_people(text) == (people, "")


@pytest.mark.parametrize(
    ("text", "people", "doubt"),
    [
        ("Legal and Compliance", ["Legal and Compliance"], "may be several people; it is taken as one"),
        ("Ann & Bo", ["Ann & Bo"], "may be several people; it is taken as one"),
        ("José Ortega y Gasset", ["José Ortega y Gasset"], "may be several people; it is taken as one"),
        ("Ann Lee / Bo Ek", ["Ann Lee / Bo Ek"], "may be several people; it is taken as one"),
        ("García López, María José", ["García López, María José"], "may be several people"),
        ("Ann Lee, Bo Ek, Cy Dahl", ["Ann Lee", "Bo Ek", "Cy Dahl"], "is taken as 3 people"),
        ("Ann Lee?", ["Ann Lee?"], "has a question mark"),
        ("x" * 4000, [], "is too long for a name"),
        (
            "To be named by the board after the next but one meeting in the spring",
            [],
            "is too long for a name",
        ),
        ("#!", [], "is no name"),
        (
            "Ann or Bo: ann@x.org or bo@x.org",
            ["ann@x.org", "bo@x.org"],
            "the names beside them were not taken",
        ),
    ],
)
def test_people_in_doubt_are_kept_as_written_and_told(text, people, doubt):
    found, said = read_people(text)

    assert found == people
    assert doubt in said


@pytest.mark.parametrize(
    ("names", "addresses", "people", "doubt"),
    [
        ("Ann; Bob", "ann@x.org; ", ["Ann <ann@x.org>", "Bob"], ""),
        ("Ann; Bob", "; bob@x.org", ["Ann", "Bob <bob@x.org>"], ""),
        ("Ann Lee", "ann@x.org", ["Ann Lee <ann@x.org>"], ""),
        ("Ann Lee <ann@y.org>", "ann@x.org", ["Ann Lee <ann@y.org>"], ""),
        ("Ann Lee", "", ["Ann Lee"], ""),
        ("", "ann@x.org", ["ann@x.org"], ""),
        (
            "Ann; Bob",
            "ann@x.org",
            ["Ann", "Bob"],
            "2 names and 1 address: which belongs to whom is not told.",
        ),
        ("Ann", "a@x.org; b@x.org", ["Ann"], "1 name and 2 addresses: which belongs to whom is not told."),
        ("Lee, Ann", "n/a", ["Lee, Ann"], ""),
    ],
)
def test_names_and_addresses_are_paired_by_their_places(names, addresses, people, doubt):
    assert pair_people(names, addresses) == (people, doubt)


def test_addresses_keep_their_places():
    assert read_addresses("ann@x.org; ; bo@x.org") == ["ann@x.org", "", "bo@x.org"]


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("['a', \"b's\"]", ["a", "b's"]),
        ("('a',)", ["a"]),
        (r"['it\'s', 'two\nlines']", ["it's", "two lines"]),
        ("['a', None, '']", ["a"]),
        ("[a, b]", None),
        ("['a'", None),
        ("['a'] and more", None),
        ("plain", None),
    ],
)
def test_lists_written_as_program_text(text, items):
    assert read_written_list(text) == items


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("claims; fraud", ["claims", "fraud"]),
        ("claims|fraud\nclaims", ["claims", "fraud"]),
        ("['claims', 'fraud']", ["claims", "fraud"]),
        ("claims, fraud", ["claims, fraud"]),
        (" ; ", []),
    ],
)
def test_cells_with_several_texts(text, items):
    assert read_list(text) == items


@settings(max_examples=80, deadline=None)
@given(st.text(alphabet=st.sampled_from("aB é@.<>,;&/()[]'\"\\\n|?-+ y and"), max_size=40))
def test_whatever_stands_in_a_cell_each_person_can_be_read_as_a_contact(text):
    people, doubt = read_people(text)

    assert len({person.casefold() for person in people}) == len(people)
    assert all(_can_be_read(person) for person in people), doubt


def _can_be_read(person):
    try:
        return read_contact(person) is not None
    except Refused as refusal:
        return refusal.reasons[0].code == "email"


def test_a_list_without_an_end_is_read_in_a_moment():
    assert read_written_list("[" + "'a', " * 8000) is None


@pytest.mark.parametrize("letters", ["x" * 32_000, "x" * 16_000 + "@", "a@" * 16_000])
def test_cell_of_thousands_of_letters_takes_no_time(letters):
    began = process_time()
    read_people(letters)
    read_addresses(letters)

    assert process_time() - began < 0.5
