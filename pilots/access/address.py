"""Which text is one address that mail can go to, as it will be sent: whoever asks an address to be mailed
later and whoever mails it go by the same rule.
"""

import re

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

# Nothing that could end an address in a header, or begin another one.
_PLAIN = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+@[A-Za-z0-9.-]+")


def plain_address(text: str) -> str:
    """Return the one plain address in ASCII, or "" where a text is none; Django itself takes "a@x,b@x".

    Looked at as it will be sent: making a domain ASCII turns a wide comma or @ into a plain one.
    """
    local, _, domain = text.rpartition("@")
    try:
        plain = f"{local}@{domain.encode('idna').decode('ascii')}"
        validate_email(plain)
    except (UnicodeError, ValidationError):
        return ""
    return plain if _PLAIN.fullmatch(plain) else ""
