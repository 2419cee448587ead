"""The form that takes a table of readings, pasted or as a file."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from kpis.actions.reading_table import seal_of
from kpis.terms import Entry, Provenance
from pilots.forms.fields import LongWords
from pilots.forms.production import NOT_IN_LIST

MOST_BYTES = 1_000_000
TOO_LONG = "This is larger than 1 MB. Part it into several tables."
NOTHING = "Paste a table, or choose a file."
WORKBOOK = "This is a workbook. Copy its cells and paste them here, or save the sheet as CSV."
NO_TEXT = "This file is no text in UTF-8. In a spreadsheet, save it as “CSV UTF-8”."


class ReadingTableForm(forms.Form):
    """The table stands in `table`, also when it came as a file; `origin` then says so."""

    table = LongWords(label="Table", required=False, rows=10, strip=False)  # a tab is a cell
    file = forms.FileField(
        label="Or a CSV file",
        required=False,
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt"}),
        help_text="Up to 5,000 rows and 1 MB",
        error_messages={"empty": "The file is empty."},
    )
    provenance = forms.ChoiceField(
        label="Measured in",
        required=False,
        choices=[("", "What each row says"), *((item.value, item.label) for item in Provenance)],
        help_text="For rows that say nothing themselves",
        error_messages=NOT_IN_LIST,
    )
    is_meant = forms.BooleanField(label="Numbers from 0 to 1 are meant as they stand, in %", required=False)
    origin = forms.CharField(widget=forms.HiddenInput, required=False)
    seal = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean_table(self) -> str:
        text: str = self.cleaned_data["table"]
        if len(text.encode(errors="surrogatepass")) > MOST_BYTES:
            raise ValidationError(TOO_LONG, code="length")
        return text.strip("\n")

    def clean_file(self) -> str | None:
        """Return the text of the file, None where none was chosen."""
        file: UploadedFile[bytes] | None = self.cleaned_data["file"]
        if file is None:
            return None
        if (file.size or 0) > MOST_BYTES:
            raise ValidationError(TOO_LONG, code="length")
        content = file.read()
        if content.startswith(b"PK"):
            raise ValidationError(WORKBOOK, code="workbook")
        try:
            text: str = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise ValidationError(NO_TEXT, code="encoding") from None
        if "\x00" in text:
            raise ValidationError(NO_TEXT, code="encoding")
        return text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if found.get("file"):
            found["table"], found["origin"] = found["file"], Entry.FILE.value
        elif "file" in found and "table" in found and not found["table"].strip():
            self.add_error("table", NOTHING)
        return found

    @property
    def entry(self) -> Entry:
        return Entry.FILE if self.cleaned_data["origin"] == Entry.FILE.value else Entry.TABLE

    @property
    def usual(self) -> Provenance | None:
        """The provenance of rows that name none."""
        named = self.cleaned_data["provenance"]
        return Provenance(named) if named else None

    @property
    def seal_now(self) -> str:
        found = self.cleaned_data
        return seal_of(found["table"], found["provenance"], is_meant=found["is_meant"])

    @property
    def is_as_seen(self) -> bool:
        """Whether it is the very table somebody looked through."""
        return bool(self.cleaned_data["seal"] == self.seal_now)

    def keep(self) -> None:
        """Let the form show the table, from wherever it came, and carry what it is known by."""
        found = self.cleaned_data
        kept = {"table": found["table"], "origin": self.entry.value, "seal": self.seal_now}
        self.data = {**{name: value for name, value in self.data.items() if name != "file"}, **kept}
