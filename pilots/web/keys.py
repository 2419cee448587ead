"""Pilot keys in addresses."""

from django.urls import register_converter


class PilotKey:
    """`CLM-12`; typed in small letters it finds the same pilot, anything else is no page."""

    regex = "[A-Za-z][A-Za-z0-9]{1,7}-[0-9]{1,10}"

    def to_python(self, value: str) -> str:
        return value.upper()

    def to_url(self, value: str) -> str:
        return value


register_converter(PilotKey, "key")
