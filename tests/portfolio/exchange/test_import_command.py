import json
import shlex
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.utils import OperationalError
from django.utils import timezone

from pilots.access.models import Membership, Program, Source
from pilots.actions.by import By
from pilots.models import Pilot
from portfolio.exchange import runs
from portfolio.exchange.models import Import, Wanted
from portfolio.exchange.work import work_off
from portfolio.management.commands import import_pilots
from tests.portfolio.exchange.twin import HEADER_TOOLS, row_2024, tool, write

pytestmark = pytest.mark.django_db

# The columns of the register that its mapping does not speak of.
LEFT_ASIDE = ["If Other, please explain.", *(f"If Other, please explain. ({n})" for n in range(2, 9))]


@pytest.fixture
def command(tmp_path):
    """Run the command on rows; return what it printed, what it said meanwhile, and how it refused."""

    def go(rows, *options, header=None):
        path = tmp_path / "register.csv"
        write(path, rows, **({"header": header} if header else {}))
        out, said = StringIO(), StringIO()
        error = None
        try:
            call_command("import_pilots", str(path), *options, stdout=out, stderr=said)
        except CommandError as refusal:
            error = refusal
        return out.getvalue(), said.getvalue(), error

    return go


def test_preview_prints_the_report_and_progress_apart(command):
    out, said, error = command([row_2024("Hail", "", initiated="7/16/1905")])

    assert error is None
    assert out == (
        "US federal AI use-case inventory, 2024, as of 16 Dec 2024\n"
        "Read as UTF-8, separated by comma.\n"
        f"Not imported: {', '.join(f'“{name}”' for name in LEFT_ASIDE)}.\n"
        "\n"
        "New program: Ministry of Weather (MOW)\n"
        "Warning, row 2, “Stage of Development”: The stage is blank; the mapping says Idea.\n"
        "Warning, row 2, “Date Initiated”: “7/16/1905”: It looks like the year 2024 that a spreadsheet "
        "turned into a serial number, so the date stays unknown.\n"
        "\n"
        "      1 Idea\n"
        "\n"
        "      1 row read\n"
        "      1 new\n"
        "      0 changed\n"
        "      0 same\n"
        "      0 refused\n"
        "      2 warnings\n"
        "Nothing was written. Add --apply to import.\n"
        f"{import_pilots._NO_MANAGER}\n"
    )
    assert said == "Reading register.csv.\nUnderstanding 1 rows by the mapping us-federal-2024.\n"
    assert not Pilot.objects.exists()


def test_json_has_the_shape_others_rely_on(command):
    out, _, error = command([row_2024("Hail", initiated="Ongoing")], "--json", "--apply")

    assert error is None
    assert json.loads(out) == {
        "rows": 1,
        "new": 1,
        "changed": 0,
        "same": 0,
        "left_out": 0,
        "refused": [],
        "warnings": [
            {
                "row": 2,
                "column": "Date Initiated",
                "text": "Ongoing",
                "reason": "It is no date that can be read, so the date stays unknown.",
            }
        ],
        "applied": True,
        "mapping": "us-federal-2024",
        "register": "us-federal-inventory",
        "as_of": "2024-12-16",
        "encoding": "UTF-8",
        "delimiter": "comma",
        "notes": [],
        "not_imported": LEFT_ASIDE,
        "new_programs": [{"name": "Ministry of Weather", "prefix": "MOW"}],
        "stages": {"idea": 1},
        "known_again_by": {},
        "matches": [],
        "missing": [],
        "changes": [],
    }


def test_what_matches_and_what_changes_is_shown_before_it_is_done(command):
    command([row_2024("Hail", contract="PO-1")], "--apply")
    later = [row_2024("Hail", "Retired", contract="PO-2", retired="5/1/2025")]

    out, _, _ = command(later, "--as-of", "2025-12-01", "--json")
    words, _, _ = command(later, "--as-of", "1 Dec 2025")

    told = json.loads(out)
    assert told["matches"] == [{"row": 2, "pilot": "MOW-1", "known_by": "name and unit"}]
    assert told["changes"] == [
        {
            "row": 2,
            "pilot": "MOW-1",
            "known_by": "name and unit",
            "fields": {"contract": ["PO-1", "PO-2"]},
            "history": [{"stage": "retired", "on": "Thu 1 May 2025", "by": "2025-05-01"}],
        }
    ]
    assert "Row 2 is MOW-1 by its name and unit: “Hail”\n" in words
    assert "Row 2 changes MOW-1: contract, Retired on Thu 1 May 2025\n" in words


def test_refused_rows_are_reported_and_end_in_status_2(command):
    out, _, error = command([row_2024("Hail"), row_2024("Rain", "Somewhere")], "--apply", "--json")

    assert (error.returncode, str(error)) == (
        2,
        "Nothing was written: 1 row is refused. Correct the file, or decide in the mapping.",
    )
    told = json.loads(out)
    assert (told["applied"], told["new"]) == (False, 1)
    assert told["refused"] == [{"row": 3, "reason": "The mapping does not say which stage “Somewhere” is."}]
    shown, _, error = command([row_2024("Rain", "Somewhere")])
    assert error is None
    assert "Refused, row 2: The mapping does not say which stage “Somewhere” is.\n" in shown


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--mapping", "nowhere"], "There is no mapping “nowhere”."),
        (["--program", "Elsewhere"], "There is no program “Elsewhere”."),
        (["--by", "nobody@example.com"], "Nobody signs in as nobody@example.com."),
        (["--as-of", "2100-01-01"], "The file cannot speak of Fri 1 Jan 2100"),
        (["--as-of", "20026-01-01"], "Error: argument --as-of: “20026-01-01” is not a day"),
        (["--as-of", "2024"], "Error: argument --as-of: “2024” is no single day."),
        (["--as-of", "3/4/2024"], "Error: argument --as-of: “3/4/2024” can be read in two ways."),
    ],
)
@pytest.mark.parametrize("apply", [[], ["--apply"]])
def test_a_wrong_call_is_one_sentence(command, options, sentence, apply):
    out, _, error = command([row_2024("Hail")], *options, *apply)

    assert out == ""
    assert str(error).startswith(sentence)
    assert not Pilot.objects.exists()


def test_a_wrong_file_is_one_sentence_and_status_2(tmp_path):
    with pytest.raises(CommandError) as refusal:
        call_command("import_pilots", str(tmp_path / "absent.csv"), stderr=StringIO())

    assert refusal.value.returncode == 2
    assert str(refusal.value).startswith("There is no file")


def test_somebody_who_left_imports_nothing(command, administrator):
    administrator.is_active = False
    administrator.save()

    _, _, error = command([row_2024("Hail")], "--by", administrator.email, "--apply")

    assert str(error) == "Nobody signs in as ada@example.com. Write the address of an account."


def test_the_one_who_imports_is_recorded(command, administrator):
    _, _, error = command([row_2024("Hail")], "--by", "ADA@example.com", "--apply")

    assert error is None
    assert Pilot.objects.get().transitions.get().actor == administrator


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            "database is locked",
            "Nothing was written: somebody else is writing, perhaps another import. Try again in a minute.",
        ),
        (
            "no such table: x",
            "The database cannot be used: no such table: x. Run manage.py migrate, then try again.",
        ),
    ],
)
def test_a_database_in_the_way_is_one_sentence(command, monkeypatch, words, sentence):
    def fail(*args, **kwargs):
        raise OperationalError(words)

    monkeypatch.setattr(import_pilots, "apply", fail)

    _, _, error = command([row_2024("Hail")], "--apply")

    assert (error.returncode, str(error)) == (2, sentence)


def test_a_mapping_of_ones_own_is_named_by_its_file(command, tools_mapping, program):
    out, _, error = command(
        [tool("A-1", risk="high", live="", trial="3/4/2026")],
        *("--mapping", tools_mapping(), "--program", "CLM", "--as-of", "2026-06-30", "--apply", "--json"),
        header=HEADER_TOOLS,
    )

    assert error is None
    assert json.loads(out)["register"] == "workshop@CLM"
    pilot = Pilot.objects.get()
    assert (pilot.key, pilot.risk, pilot.stage, str(pilot.since)) == (
        "CLM-1",
        "high",
        "piloting",
        "Fri 3 Apr 2026",
    )


def test_whoever_imports_manages_the_programs_it_opens(command, administrator):
    out, _, error = command([row_2024("Hail")], "--by", "ada@example.com", "--apply")

    assert error is None
    assert "no manager" not in out
    membership = Membership.objects.get()
    assert (membership.program.prefix, membership.user, membership.role) == ("MOW", administrator, "manager")


def test_import_by_nobody_says_that_new_programs_need_a_manager(command):
    first, _, _ = command([row_2024("Hail")], "--apply")
    again, _, _ = command([row_2024("Hail")], "--apply")

    assert first.splitlines()[-1].startswith("New programs have no manager yet")
    assert "no manager" not in again
    assert not Membership.objects.exists()


@pytest.mark.parametrize(("agency", "prefix"), [("Ministry of Weather", "MOW"), ("Workshop", "WORKSHOP")])
def test_program_without_abbreviation_is_named_as_the_description_says(command, agency, prefix):
    out, _, _ = command([row_2024("Hail", agency=agency, abbreviation="", initiated="Ongoing")])

    assert f"New program: {agency} ({prefix})\n" in out
    assert "      1 warning\n" in out


def test_small_mapping_of_the_description_works(tmp_path, program):
    text = (Path(__file__).parents[3] / "docs" / "mapping-file.md").read_text(encoding="utf-8")
    (tmp_path / "tools.toml").write_text(text.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    (tmp_path / "tools.csv").write_text(
        "Ident,Tool,State,Why,What for\nA-1,Sorter,Trial,Slow,Speed\n", encoding="utf-8"
    )
    line = next(line for line in text.splitlines() if line.startswith("manage.py import_pilots tools.csv"))
    options = [tmp_path / word if word.startswith("tools.") else word for word in shlex.split(line)[2:]]

    call_command("import_pilots", *map(str, options), "--apply", stdout=StringIO(), stderr=StringIO())

    assert Pilot.objects.get().key == "CLM-1"


def test_written_import_is_kept_and_can_be_undone_in_the_browser(command, administrator):
    command([row_2024("Hail")], "--apply", "--by", administrator.email)

    import_ = Import.objects.visible_to(administrator).get()
    assert (import_.step, import_.file_name, import_.made_by) == ("applied", "register.csv", administrator)
    assert (import_.summary["new"], import_.register) == (1, "us-federal-inventory")
    by = By(user=administrator, at=timezone.now(), source=Source.WEB)
    runs.ask(import_, Wanted.UNDO, by=by)
    work_off(timezone.now)
    assert not Pilot.objects.exists()
    assert not Program.objects.exists()


def test_import_that_writes_nothing_leaves_no_row(command):
    command([row_2024("Hail")])
    command([row_2024("Hail")], "--apply")
    command([row_2024("Hail")], "--apply")

    assert Import.objects.count() == 1
