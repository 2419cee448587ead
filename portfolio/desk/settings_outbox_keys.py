"""Links in mail files that let somebody in as somebody else: setting a password, accepting an invitation.

On a machine of one's own the file is the only way to the link, so it is shown and noted. Anywhere else
nobody but its recipient has a use for it, so it is left out.
"""

import re
from dataclasses import replace
from functools import cache

from django.urls import reverse

from portfolio.outbox.files import Mail

LEFT_OUT = "(a link is left out here: whoever has it can sign in as its recipient)"


def key_of(mail: Mail) -> str:
    """Return what kind of key a mail holds and for whom: “password link to a@example.com”. "" for none."""
    for words, link in _links().items():
        if link.search(mail.text):
            return f"{words} to {mail.to}"
    return ""


def without_keys(mail: Mail) -> Mail:
    text = mail.text
    for link in _links().values():
        text = link.sub(LEFT_OUT, text)
    return replace(mail, text=text)


@cache
def _links() -> dict[str, re.Pattern[str]]:
    """Each by its path: a file may be older than the address of the site."""
    password = reverse("account_reset_password_from_key", kwargs={"uidb36": "1", "key": "KEY"})
    paths = {
        "password link": password.removesuffix("1-KEY/"),
        "invitation": reverse("people:accept", args=["KEY"]).removesuffix("KEY/"),
    }
    return {words: re.compile(rf"[^\s<>\"']*{re.escape(path)}[^\s<>\"']+") for words, path in paths.items()}
