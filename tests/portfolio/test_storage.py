"""The static files as the image build collects them."""

import json
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import override_settings
from whitenoise.storage import MissingFileError

ROOT = Path(__file__).resolve().parents[2]


def storages(backend: str) -> dict[str, dict[str, str]]:
    return {
        "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
        "staticfiles": {"BACKEND": backend},
    }


@pytest.fixture(scope="module")
def collected(tmp_path_factory) -> dict[str, str]:
    """Return the manifest of one real collectstatic: name to hashed name."""
    folder = tmp_path_factory.mktemp("staticfiles")
    with override_settings(STATIC_ROOT=folder, STORAGES=storages("portfolio.storage.HashedFiles")):
        call_command("collectstatic", interactive=False, verbosity=0)
    return json.loads((folder / "staticfiles.json").read_text())["paths"]


def test_every_file_that_a_template_names_is_collected(collected):
    named = {
        name
        for template in (ROOT / "templates").rglob("*.html")
        for name in re.findall(r"{%\s*static\s+[\"']([^\"'{]+)[\"']", template.read_text())
    }

    assert named
    assert named <= set(collected)


def test_every_file_is_collected_under_a_hashed_name(collected):
    ours = {
        str(path.relative_to(ROOT / "static")) for path in (ROOT / "static").rglob("*.*") if path.is_file()
    }

    assert ours <= set(collected)
    assert all(re.search(r"\.[0-9a-f]{12}(\.|$)", name) for name in collected.values())


def test_missing_source_map_does_not_fail_the_build_and_a_missing_picture_does(tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    (source / "a.js").write_text("let a;\n//# sourceMappingURL=a.js.map\n")
    (source / "a.css").write_text("p { color: red }\n/*# sourceMappingURL=a.css.map */\n")

    def collect(backend: str) -> None:
        with override_settings(
            STATICFILES_DIRS=[source],
            STATICFILES_FINDERS=["django.contrib.staticfiles.finders.FileSystemFinder"],
            STATIC_ROOT=target,
            STORAGES=storages(backend),
        ):
            finders.get_finder.cache_clear()
            call_command("collectstatic", interactive=False, verbosity=0)

    try:
        collect("portfolio.storage.HashedFiles")
        with pytest.raises(MissingFileError, match=r"a\.(js|css)\.map"):
            collect("whitenoise.storage.CompressedManifestStaticFilesStorage")

        (source / "a.css").write_text("p { background: url(gone.png) }")
        with pytest.raises(MissingFileError, match=r"gone\.png"):
            collect("portfolio.storage.HashedFiles")
    finally:
        finders.get_finder.cache_clear()
