"""Reads the environment, and stops the start with one sentence that names what is wrong."""

import contextlib
import os
import re
import secrets
import tempfile
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent

_ON = {"1", "true", "yes", "on"}
_OFF = {"0", "false", "no", "off"}


def refuse(sentence: str) -> NoReturn:
    raise ImproperlyConfigured(sentence)


def read_file() -> None:
    """Add what the file .env says to the environment; a variable that is set already wins."""
    environ.Env.read_env(os.environ.get("ENV_FILE") or BASE_DIR / ".env")


def text(name: str, *, default: str) -> str:
    """Read one line of text, without the spaces around it; empty means the default."""
    given = os.environ.get(name, "").strip() or default
    if re.search(r"[\x00-\x1f\x7f]", given):
        refuse(f"{name} holds a line break or another control character. Write one line of text.")
    return given


def switch(name: str, *, default: bool) -> bool:
    """Read a yes/no variable; anything but yes or no is refused, so a typing error never means "no"."""
    given = text(name, default=str(default)).lower()
    if given not in _ON | _OFF:
        refuse(f"{name} is {given!r}. Write true or false.")
    return given in _ON


def number(name: str, *, default: int, least: int = 0, most: int = 1_000_000) -> int:
    given = text(name, default=str(default))
    if not re.fullmatch(r"[0-9]{1,9}", given) or not least <= int(given) <= most:
        refuse(f"{name} is {given!r}. Write a whole number from {least} to {most}.")
    return int(given)


def address(name: str, *, default: str) -> str:
    """Read the site's own address, without a trailing slash."""
    given = text(name, default=default)
    try:
        parts = urlsplit(given)
        is_whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole or parts.path not in {"", "/"} or parts.query or parts.fragment or parts.username:
        refuse(f"{name} is {given!r}. Write scheme and host, such as https://headway.example.")
    return given.rstrip("/")


def names(name: str, *, default: list[str]) -> list[str]:
    """Read a list with commas between its entries."""
    return [entry.strip() for entry in text(name, default=",".join(default)).split(",") if entry.strip()]


def database(name: str, *, default: Path) -> dict[str, Any]:
    """Read a database's address; empty means SQLite in the file `default`.

    The address may hold a password, so a refusal does not repeat it.
    """
    given = text(name, default="")
    if not given:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": default}
    settings: dict[str, Any] = {}
    if given.startswith(("sqlite:///", "postgres://", "postgresql://")):
        with contextlib.suppress(ValueError, ImproperlyConfigured):
            settings = environ.Env.db_url_config(given)
    if not settings.get("NAME"):
        refuse(
            f"{name} is not a database address. Write sqlite:////path/to/file or postgres://user@host/name."
        )
    return settings


def redis(name: str) -> str:
    """Read Redis's address; empty means none, and nothing that needs it."""
    given = text(name, default="")
    if given and not given.startswith(("redis://", "rediss://")):
        refuse(f"{name} is not an address of Redis. Write redis://host:6379/0.")
    return given


def mail(name: str) -> dict[str, Any]:
    """Read the mail server's address as Django's EMAIL_ settings; empty means none."""
    given = text(name, default="")
    if not given:
        return {}
    ports = {"smtp": 25, "smtp+tls": 587, "smtp+ssl": 465}
    try:
        scheme = urlsplit(given).scheme
        settings: dict[str, Any] = environ.Env.email_url_config(given)
    except (ValueError, ImproperlyConfigured):
        scheme, settings = "", {}
    if scheme not in ports or not settings.get("EMAIL_HOST"):
        refuse(f"{name} is not the address of a mail server. Write smtp+tls://user:password@host:587.")
    return settings | {"EMAIL_PORT": settings["EMAIL_PORT"] or ports[scheme]}


def folder(name: str, *, default: Path) -> Path:
    """Return the data folder, made if it is missing; a folder that cannot be written is refused."""
    path = Path(text(name, default=str(default))).expanduser().resolve()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)  # pilots and sign-in mails are not for neighbours
    except OSError as error:
        refuse(f"{name} is {path}, which cannot be made: {error.strerror}.")
    if not os.access(path, os.W_OK | os.X_OK):
        refuse(f"{name} is {path}, where Headway may not write. Choose another folder or change its owner.")
    return path


def secret(name: str, *, kept_in: Path) -> str:
    """Return the signing key: from the environment, else the one this data folder keeps.

    The file is made once, readable by its owner only, so that one machine needs no set-up
    and a second start keeps everyone signed in.
    """
    given = os.environ.get(name)
    if given:
        if len(given) < 32:
            refuse(f"{name} is too short. Write at least 32 random characters.")
        return given
    if not kept_in.exists():
        with tempfile.NamedTemporaryFile("w", dir=kept_in.parent, prefix="secret_key.") as whole:
            whole.write(secrets.token_urlsafe(50))
            whole.flush()
            # A link appears whole or not at all, so two processes that start at once agree.
            with contextlib.suppress(FileExistsError):
                kept_in.hardlink_to(whole.name)
    kept = kept_in.read_text(encoding="ascii").strip()
    if len(kept) < 32:
        refuse(f"{kept_in} does not hold a signing key. Remove the file, or set {name}.")
    return kept
