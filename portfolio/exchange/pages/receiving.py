"""Takes one file from a browser into a temporary file, and no more of it than may be."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler
from django.http import HttpRequest

from portfolio.exchange.reading.limits import MOST_BYTES

FIELD = "file"
# Beyond this the rest is not even thrown away: the browser is cut off.
MOST_READ = 4 * MOST_BYTES


class OneFile(TemporaryFileUploadHandler):
    """Keeps the first file that is sent, while it is small enough.

    The rest of a larger one is read and thrown away, because a browser that is cut off in the middle shows
    its own error instead of our sentence.
    """

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.is_too_big = False
        self._has_one = self._is_taken = False

    def new_file(self, field_name: str, *args: Any, **kwargs: Any) -> None:
        self._is_taken = field_name == FIELD and not self._has_one
        if self._is_taken:
            self._has_one = True
            super().new_file(field_name, *args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if not self._is_taken:
            return  # skipping it would close the file that was taken
        if start + len(raw_data) > MOST_BYTES:
            self.is_too_big = True
            raise SkipFile
        super().receive_data_chunk(raw_data, start)

    def file_complete(self, file_size: int) -> "UploadedFile[bytes] | None":
        return super().file_complete(file_size) if self._is_taken else None


def is_hopeless(request: HttpRequest) -> bool:
    """Return whether so much is announced that reading it would only waste time."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    return length.isascii() and length.isdigit() and int(length) > MOST_READ
