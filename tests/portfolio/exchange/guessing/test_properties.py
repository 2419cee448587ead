"""What holds for any table at all: it is never an error, nothing is given twice, no stage is made up."""

from hypothesis import given, settings
from hypothesis import strategies as st

from pilots.lifecycle import Stage
from portfolio.exchange.guessing import propose
from portfolio.exchange.guessing.spelling import spelt
from portfolio.exchange.guessing.value_words import STAGES
from portfolio.exchange.meanings import meanings, meanings_of_more
from portfolio.exchange.workbook import Kind, Row, Sheet, Workbook

MANY = {meaning.code for meaning in (*meanings(), *meanings_of_more()) if meaning.many} | {""}
TITLES = (
    *(
        "Name",
        "Projekt",
        "Use case",
        "ID",
        "Key",
        "Status",
        "Phase",
        "Description",
        "Ziel",
        "Owner",
        "Contact",
    ),
    *(
        "Owner e-mail",
        "Mail",
        "Start date",
        "Go live",
        "Planned go-live",
        "KPI",
        "Target",
        "Unit",
        "Risk",
        "Due",
    ),
    *(
        "Agency",
        "Agency code",
        "Milestone",
        "Vendor",
        "Tags",
        "Confidential",
        "Health",
        "Comments",
        "Stage",
        "",
    ),
)
CELLS = (
    *(
        "",
        "Live",
        "Pilot",
        "PoC",
        "On hold",
        "Paused",
        "almost live",
        "Live (planned)",
        "not live",
        "3 - Pilot",
    ),
    *(
        "25/3/2024",
        "3/4/2024",
        "Jul-25",
        "22-Jul",
        "45292",
        "7/16/1905",
        "Q4FY25",
        "2024",
        "ongoing",
        "1,5",
        "2.5",
    ),
    *(
        "Ann Lee",
        "Ann Lee; Bo Ek",
        "['Ann Lee']",
        "ann@x.org",
        "n/a",
        "TBD",
        "AB- 12",
        "AB_12 ",
        "yes",
        "High",
    ),
    *(
        "Total",
        "Finance",
        "It takes days until somebody reads what was sent in.",
        "a\nb",
        "x" * 300,
        "%",
        "'=1",
    ),
)
any_text = st.one_of(st.sampled_from(CELLS), st.text(max_size=8))


@st.composite
def workbooks(draw):
    sheets = []
    for name in draw(
        st.lists(st.sampled_from(["Pilots", "KPIs", "Old", "Milestones"]), unique=True, max_size=3)
    ):
        header = draw(st.lists(st.one_of(st.sampled_from(TITLES), st.text(max_size=6)), max_size=7))
        rows = [header, *draw(st.lists(st.lists(any_text, max_size=8), max_size=5))]
        kept = [
            Row(line, tuple(row)) for line, row in enumerate(rows, 1) if any(cell.strip() for cell in row)
        ]
        sheets.append(Sheet(name, tuple(kept), is_hidden=draw(st.booleans())))
    return Workbook(kind=Kind.XLSX, sheets=tuple(sheets) or (Sheet("", ()),), digest="0")


@settings(max_examples=60, deadline=None)
@given(workbooks())
def test_any_file_gets_a_proposal_that_gives_nothing_twice_and_makes_up_no_stage(workbook):
    proposal = propose(workbook)

    columns = [proposal.chosen.columns, *(more.columns for more in proposal.chosen.more)]
    for codes in columns:
        borne = [code for code in codes.values() if code not in MANY]
        assert len(borne) == len(set(borne))
    for word, stage in proposal.chosen.stages.items():
        assert stage == "refuse" or _is_known(word, stage), (word, stage)
    assert [column.key for column in proposal.columns] == list(proposal.chosen.columns)
    assert all(column.why for column in proposal.columns)


def _is_known(word, stage):
    """Say whether a word is listed for a stage, its number and a date in brackets behind it aside."""
    known = {spelt(text) for text in STAGES[Stage(stage)].split(",")}
    known |= {spelt(Stage(stage).label), spelt(Stage(stage).short_label), stage}
    bare = word.removeprefix("3 - ")
    return spelt(word) in known or spelt(bare) in known


# A row that adds up is told by its first cell, so “Total” may not move here.
movable_text = any_text.filter(lambda text: text != "Total")


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_the_order_of_the_columns_decides_nothing(data):
    titles = data.draw(
        st.lists(st.sampled_from([title for title in TITLES if title]), min_size=2, unique=True)
    )
    rows = data.draw(
        st.lists(st.lists(movable_text, min_size=len(titles), max_size=len(titles)), min_size=1, max_size=4)
    )
    order = data.draw(st.permutations(range(len(titles))))
    table = [titles, *rows]
    moved = [[row[place] for place in order] for row in table]

    one, other = (_propose(rows) for rows in (table, moved))

    assert one.chosen == other.chosen
    assert set(one.columns) == set(other.columns)


def _propose(rows):
    sheet = Sheet("Pilots", tuple(Row(line, tuple(row)) for line, row in enumerate(rows, 1)))
    return propose(Workbook(kind=Kind.CSV, sheets=(sheet,), digest="0"), header=1)
