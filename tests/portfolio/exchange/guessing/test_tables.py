"""What is proposed for twelve messy registers: everything chosen, and the doubts that must be said."""

import pytest

from portfolio.exchange.cells import ShortMonth, Slashes
from portfolio.exchange.choices import Chosen, Decimal, MoreSheet, Sections
from portfolio.exchange.chosen import chosen_of, complaints, plain_of
from portfolio.exchange.guessing import propose
from portfolio.exchange.mapping_reader import from_plain
from tests.portfolio.exchange.guessing import tables

CUSTOM = [("cost-centre", "Cost centre")]
YEAR_LAST = frozenset({ShortMonth.YEAR_LAST})

EXPECTED = {
    "TITLE_AND_DAY_ABOVE": Chosen(
        sheet="Übersicht",
        header=4,
        columns={
            "Lfd. Nr.": "",
            "Projekt": "name",
            "Kurzbeschreibung": "problem",
            "Status": "stage",
            "Verantwortlich": "owner:production_owner",
            "Startdatum": "date:piloting",
            "Risikoklasse": "risk",
        },
        stages={"Pausiert": "refuse", "Pilotphase": "piloting", "Produktiv": "production"},
        risks={"begrenzt": "limited", "hoch": "high", "minimal": "minimal"},
        empty=("k.A.",),
        slashes=Slashes.DAY_FIRST,
        short_months=YEAR_LAST,
    ),
    "TWO_HEADER_ROWS_AND_MORE_SHEETS": Chosen(
        sheet="Register",
        header=2,
        columns={
            "ID": "reference",
            "Use Case Name": "name",
            "Current Status": "stage",
            "Start": "date:piloting",
            "Go live": "date:production",
            "Business owner": "owner:business_owner",
            "Tech lead": "owner:technical_lead",
        },
        stages={"00 - Idea": "idea", "02 - Pilot": "piloting", "03 - Live": "production"},
        empty=("n/a", "tbd"),
        slashes=Slashes.DAY_FIRST,
        serials=True,
        decimal=Decimal.COMMA,
        more=(
            MoreSheet(
                sheet="KPIs",
                columns={
                    "Use case": "pilot",
                    "KPI": "kpi_name",
                    "Baseline": "kpi_baseline",
                    "Target": "kpi_target",
                    "Unit": "kpi_unit",
                },
            ),
            MoreSheet(
                sheet="Milestones",
                columns={
                    "ID": "pilot",
                    "Milestone": "milestone_title",
                    "Due": "milestone_due",
                    "Owner": "milestone_owner",
                },
            ),
        ),
    ),
    "SECTIONS_THAT_ARE_DEPARTMENTS": Chosen(
        sheet="Pilots",
        sections=Sections.UNIT,
        columns={
            "Use case": "name",
            "Description": "problem",
            "Stage": "stage",
            "Owner e-mail": "owner_email:production_owner",
        },
        stages={"Cancelled": "stopped", "Idea": "idea", "Live": "production", "PoC": "piloting"},
    ),
    "TITLES_BETWEEN_AND_A_FOOTNOTE": Chosen(
        sheet="Q3",
        sections=Sections.LEAVE_OUT,
        columns={"Initiative": "name", "Phase": "stage", "Benefits": "problem", "Sponsor": "owner:sponsor"},
        stages={"On hold": "refuse", "Proof of concept": "piloting", "Rollout": "limited"},
    ),
    "LIGHTS_AND_PLANS": Chosen(
        sheet="Sheet1",
        columns={
            "Project Title": "name",
            "RAG Status": "",
            "Project Phase": "stage",
            "Last update": "",
            "Comments": "",
            "% done": "",
            "Planned go-live": "go_live_due",
        },
        stages={"Closed": "refuse", "Development": "piloting", "In progress": "refuse"},
    ),
    "TITLES_THAT_SAY_NOTHING": Chosen(
        sheet="Export",
        columns={
            "col1": "reference",
            "col2": "problem",
            "col3": "stage",
            "col4": "owner_email:production_owner",
        },
        stages={"Idea": "idea", "Live": "production", "Proof of Concept": "piloting"},
    ),
    "NO_HEADER_AT_ALL": Chosen(
        columns={"Claims triage": "", "Trial": "stage", "Ann Lee": "name", "2024-03-01": ""},
        stages={"Idea": "idea", "Live": "production"},
    ),
    "OUR_OWN_TITLES": Chosen(
        sheet="Pilots",
        columns={
            "Key": "reference",
            "Name": "name",
            "Problem": "problem",
            "Stage": "stage",
            "Reached Piloting": "date:piloting",
            "Risk tier": "risk",
            "Confidential": "confidential",
            "Sponsor": "owner:sponsor",
            "Sponsor e-mail": "owner_email:sponsor",
            "Health": "",
            "KPI": "kpi_name",
            "KPI target": "kpi_target",
            "Cost centre": "custom:cost-centre",
        },
        stages={"Piloting": "piloting", "Value held": "sustained"},
        risks={"High risk": "high"},
        decimal=Decimal.POINT,
    ),
    "ONE_MAILBOX_AND_REPEATED_IDENTIFIERS": Chosen(
        sheet="AI list",
        columns={
            "AI ID": "reference",
            "ID": "",
            "Title": "name",
            "Summary": "problem",
            "Status": "stage",
            "Contact email": "owner_email:production_owner",
        },
        stages={"Live": "production"},
    ),
    "DAYS_BOTH_WAYS": Chosen(
        columns={
            "Tool": "name",
            "Purpose": "problem",
            "Stage": "stage",
            "Date approved": "date:chartered",
            "Date implemented": "date:production",
            "Kick-off": "date:piloting",
            "Retired on": "date:retired",
        },
        stages={"Live": "production"},
        short_months=YEAR_LAST,
    ),
    "RISKS_OF_ANOTHER_SCALE": Chosen(
        sheet="Inventaire",
        columns={
            "N°": "reference",
            "Intitulé du projet": "name",
            "Objectif": "problem",
            "Statut": "stage",
            "Chef de projet": "owner:production_owner",
            "Direction": "unit",
            "Risque": "risk",
            "Achat": "",
        },
        stages={"En cours de déploiement": "limited", "Idée": "idea", "Preuve de concept": "piloting"},
        risks={"Faible": "unknown", "Moyen": "unknown", "Élevé": "unknown"},
    ),
    "LINES_OF_KPIS": Chosen(
        sheet="Inventario 2025",
        columns={
            "Código": "reference",
            "Nombre del proyecto": "name",
            "Descripción": "problem",
            "Estado": "stage",
            "Responsable": "owner:production_owner",
            "Correo electrónico": "owner_email:production_owner",
            "Inicio": "date:piloting",
            "Indicador": "kpi_line",
            "Confidencial": "confidential",
            "Reason": "",
            "Reason (2)": "",
        },
        stages={"En producción": "production", "Piloto": "piloting"},
        yes=("sí",),
        no=("falso",),
    ),
}
DOUBTS = {
    "TITLE_AND_DAY_ABOVE": [
        ("header", "Line 2, above the header, says “Stand: 30.06.2026”. Is that the day the file speaks of?"),
        (
            "totals",
            "Line 8 reads like a total (“Gesamt”), not like a pilot. Have it left out, or it is refused.",
        ),
        ("column:Lfd. Nr.", "“Lfd. Nr.” counts 1 to 3. Choose it only if pilots keep their numbers"),
        ("column:Startdatum", "says start, but not of what"),
        ("stages", "“Pausiert” is no stage."),
        ("dates", "“Jul-25” in line 7 is taken for a month and a year"),
    ],
    "TWO_HEADER_ROWS_AND_MORE_SHEETS": [
        ("sheet", "“Old” is hidden and not read unless you choose so."),
        ("sheet", "“Lists” is not read."),
        ("header", "The header may stand in two rows, lines 1 and 2; line 2 is taken."),
        ("dates", "“45292” in line 3 is taken for a day as spreadsheets count them: 1 January 2024. 3 cells"),
        ("dates", "“7/16/1905” in line 5 is no day of the calendar: unknown"),
        ("sheet:Milestones", "“UC-09” in line 4 is no pilot of the first sheet."),
    ],
    "SECTIONS_THAT_ARE_DEPARTMENTS": [
        ("totals", "Line 9 reads like a total (“Total 5”), not like a pilot. It is left out."),
        ("sections", "“Finance” and “Human Resources” (lines 2 and 5) stand alone in their rows"),
        ("column:Owner e-mail", "One address stands in 5 rows; it may be a shared mailbox."),
        ("stages", "1 row says no stage."),
    ],
    "TITLES_BETWEEN_AND_A_FOOTNOTE": [
        ("sections", "3 rows hold one cell only, such as “Wave 1” and “Wave 2” (lines 2 and 5)."),
        ("stages", "“On hold” is no stage."),
    ],
    "LIGHTS_AND_PLANS": [
        ("column:Planned go-live", "Its title speaks of a planned go-live, which is a milestone."),
        ("stages", "No stage is known for “Closed” and “In progress”."),
    ],
    "TITLES_THAT_SAY_NOTHING": [
        ("sheet", "No sheet looks like a list of pilots for certain."),
        ("header", "No row looks like a header for certain; line 1 is taken."),
        ("column:col1", "Is it “Identifier”?"),
        ("column:col2", "Is it “Problem statement”?"),
        ("column:col3", "Is it “Stage”?"),
        ("column:col4", "It holds addresses, but its title does not say whose."),
    ],
    "NO_HEADER_AT_ALL": [
        ("header", "line 1 is taken. Where there is none, add a row of titles above the list."),
        ("column:2024-03-01", "It holds days, but its title does not say of what. It is not imported."),
    ],
    "OUR_OWN_TITLES": [],
    "ONE_MAILBOX_AND_REPEATED_IDENTIFIERS": [
        ("column:ID", "“ID” says “X-2” in lines 2 and 7, so it cannot tell pilots apart"),
        ("column:Contact email", "One address stands in 41 rows; it may be a shared mailbox."),
        ("column:Summary", "1 cell has more than 4,000 characters (line 42: 4,979)."),
    ],
    "DAYS_BOTH_WAYS": [
        ("dates", "“25/3/2024” in line 2 puts the day first, “4/13/2024” in line 2 the month."),
        ("dates", "“22-Jul” in line 2: Jul 2022, or 22 Jul without a year?"),
        ("dates", "“Q4FY25” in line 2 is a quarter of a fiscal year."),
        ("dates", "“2024-02-15 and 2024-08-23” in line 4 names more than one date"),
        ("dates", "“ongoing” in line 3 is no date that can be read"),
        ("dates", "“Pre-2021” in line 3 says only before when it was"),
    ],
    "RISKS_OF_ANOTHER_SCALE": [
        ("column:Risque", "“Faible” and “Moyen” are no tier of the AI Act, so this may be another scale."),
        ("column:Chef de projet", "Its title says owner, but not of what. Is it “Production owner”?"),
    ],
    "LINES_OF_KPIS": [
        ("dates", "“1/2/2025” in line 2: 1 February or 2 January 2025? Nothing in the file proves it"),
        ("numbers", "“Errores 1.250 → 300” in line 3: thousands or decimals?"),
        ("column:Indicador", "It holds figures, perhaps a KPI and its target in one line."),
    ],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_what_is_proposed_for_a_messy_register(name):
    proposal = propose(getattr(tables, name), custom=CUSTOM)

    assert proposal.chosen == EXPECTED[name]


@pytest.mark.parametrize("name", DOUBTS)
def test_what_is_in_doubt_is_said_beside_its_choice(name):
    proposal = propose(getattr(tables, name), custom=CUSTOM)

    unsaid = [
        (place, part)
        for place, part in DOUBTS[name]
        if not any(part in sentence for sentence in proposal.at(place))
    ]
    assert unsaid == []


def test_a_file_with_our_own_titles_leaves_no_doubt():
    assert propose(tables.OUR_OWN_TITLES, custom=CUSTOM).doubts == ()


def test_each_column_that_is_left_out_says_why():
    proposal = propose(tables.LIGHTS_AND_PLANS)

    assert {column.key: column.why for column in proposal.not_imported()} == {
        "RAG Status": "It holds traffic lights; Headway works health out itself.",
        "Last update": "It holds days, but its title does not say of what.",
        "Comments": "Neither its title nor its cells say anything Headway keeps.",
        "% done": "Neither its title nor its cells say anything Headway keeps.",
    }


@pytest.mark.parametrize("name", EXPECTED)
def test_a_proposal_without_complaints_is_a_mapping_at_once(name):
    chosen = propose(getattr(tables, name), custom=CUSTOM).chosen
    plain = plain_of(chosen, title="A list", register="a-list", header=list(chosen.columns))

    assert chosen_of(plain) == chosen
    if not complaints(chosen):
        assert from_plain("a-list", plain).title_column


def test_the_sheet_and_the_header_a_person_chose_are_taken():
    proposal = propose(tables.TWO_HEADER_ROWS_AND_MORE_SHEETS, sheet="Old", header=2)

    assert (proposal.chosen.sheet, proposal.chosen.header) == ("Old", 2)
    assert list(proposal.chosen.columns) == ["a", "Live"]
