import pytest

from pilots.lifecycle import Stage
from portfolio.exchange.guessing.spelling import all_spelt, quoted, words_of
from portfolio.exchange.guessing.titles import hints
from portfolio.exchange.guessing.value_words import (
    HELD,
    STAGES,
    how_built_of,
    is_hold,
    risk_of,
    stage_of,
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Use_Cases", ("use", "case")),
        ("useCaseID", ("use", "case", "id")),
        ("PoC", ("poc",)),
        ("  Größe (in Stück) ", ("grosse", "stuck")),
        ("État d’avancement", ("etat", "avancement")),
        ("Nº de proyecto", ("no", "proyecto")),
        ("business", ("business",)),
        ("O&M", ("o", "m")),
        ("The", ("the",)),
        ("#", ("#",)),
        ("???", ()),
    ],
)
def test_titles_and_words_are_brought_to_one_spelling(text, words):
    assert words_of(text) == words


def test_what_is_quoted_stays_short():
    assert quoted(["a", "b"]) == "“a” and “b”"
    assert quoted(["x" * 50, "b", "c", "d", "e"]) == f"“{'x' * 39}…”, “b”, “c” and 2 more"


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("Use case name", "name"),
        ("PROJEKT", "name"),
        ("Intitulé du projet", "name"),
        ("use_case_id", "reference"),
        ("Projekt-Nr.", "reference"),
        ("What is the intended purpose and expected benefits of it?", "problem"),
        ("Statut", "stage"),
        ("Stage of development", "stage"),
        ("Fachbereich", "unit"),
        ("Supplier", "vendor"),
        ("EU AI Act risk class", "risk"),
        ("Build/Buy", "how_built"),
        ("Verantwortlich", "owner:production_owner"),
        ("Tech-Lead", "owner:technical_lead"),
        ("Auftraggeber", "owner:sponsor"),
        ("Sponsor’s e-mail", "owner_email:sponsor"),
        ("Correo electrónico", "owner_email:production_owner"),
        ("Live since", "date:production"),
        ("Fecha de inicio", "date:piloting"),
        ("Decommissioned", "date:retired"),
        ("Date prévue de mise en production", "go_live_due"),
        ("Zielwert", "kpi_target"),
        ("Nächster Schritt", "milestone_title"),
        ("Decision deadline", "decide_by"),
    ],
)
def test_what_a_title_means(title, code):
    found = hints(title)

    assert max(found, key=lambda hint: hint.points).code == code


@pytest.mark.parametrize(
    "title",
    [
        "Comments on the stage",
        "Reason for project status",
        "Mail sorting",
        "Planned end date",
        "Budget",
        "Cost code",
    ],
)
def test_what_a_title_does_not_mean(title):
    assert hints(title) == ()


@pytest.mark.parametrize(
    ("word", "stage"),
    [
        ("PoC", "piloting"),
        ("proof-of-concept", "piloting"),
        ("In pilot", "piloting"),
        ("Pilotphase", "piloting"),
        ("LIVE", "production"),
        ("Produktiv", "production"),
        ("En production", "production"),
        ("Rollout", "limited"),
        ("Idee", "idea"),
        ("Cancelled", "stopped"),
        ("Decommissioned", "retired"),
        ("3 - Pilot", "piloting"),
        ("Phase 2: PoC", "piloting"),
        ("f) Retired", "retired"),
        ("Live (2025)", "production"),
        ("90-day plan", "transition"),
        ("Value held", "sustained"),
    ],
)
def test_words_that_mean_a_stage_everywhere(word, stage):
    assert stage_of(word) == stage


@pytest.mark.parametrize(
    "word",
    [
        *(
            "On hold",
            "Pausiert",
            "In progress",
            "Active",
            "Completed",
            "Closed",
            "Implementation",
            "MVP",
            "Scaling",
        ),
        *("Live (planned)", "not live", "Production: not yet", "Pilot - cancelled", "4", "2024", "", "???"),
    ],
)
def test_words_that_are_asked(word):
    assert stage_of(word) == ""


def test_no_word_means_two_stages_and_none_is_a_hold():
    words = [word for text in STAGES.values() for word in all_spelt(text)]

    assert len(words) == len(set(words))
    assert not set(words) & HELD
    assert set(STAGES) == set(Stage)


def test_a_hold_is_known_with_its_number():
    assert is_hold("5. On hold")
    assert not is_hold("Live")


@pytest.mark.parametrize(
    ("meaning", "word", "code"),
    [
        (risk_of, "High-risk", "high"),
        (risk_of, "begrenztes Risiko", "limited"),
        (risk_of, "Low", ""),
        (risk_of, "Medium", ""),
        (how_built_of, "In-house", "own"),
        (how_built_of, "Off-the-shelf", "bought"),
        (how_built_of, "Partner", ""),
    ],
)
def test_what_other_words_mean(meaning, word, code):
    assert meaning(word) == code
