"""Who acts, when and through which door; and how an action says no."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import ValidationError

from pilots.access.models import Program, Source, User
from pilots.lifecycle import Missing


@dataclass(frozen=True, kw_only=True)
class By:
    """The one who acts. `user` is None for the system: a job, or the command line."""

    user: User | None
    at: datetime
    source: Source

    def today(self, program: Program) -> date:
        return program.today(self.at)


@dataclass(frozen=True)
class Reason:
    """Why something was refused, for the person who asked; `field` is "" when no field is to blame."""

    sentence: str
    field: str = ""
    code: str = "refused"


class Refused(Exception):
    """The action was not done, and nothing was written."""

    def __init__(self, reasons: Iterable[Reason]) -> None:
        self.reasons = list(reasons)
        super().__init__(" ".join(reason.sentence for reason in self.reasons))

    @classmethod
    def because(cls, sentence: str, *, field: str = "", code: str = "refused") -> "Refused":
        return cls([Reason(sentence, field, code)])

    @classmethod
    def missing(cls, missing: Iterable[Missing]) -> "Refused":
        return cls(Reason(item.sentence, item.field, item.code) for item in missing)

    @classmethod
    def invalid(cls, error: ValidationError) -> "Refused":
        fields = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        return cls(
            Reason(sentence, "" if field == "__all__" else field, "invalid")
            for field, sentences in fields.items()
            for sentence in sentences
        )


class Forbidden(Exception):
    """The pilot is visible to the person, but the deed is not theirs to do."""


class Stale(Exception):
    """Somebody else changed the pilot since it was read; nothing was written."""

    def __init__(self, key: str, read: int, current: int) -> None:
        self.key, self.read, self.current = key, read, current
        super().__init__(
            f"{key} was changed by somebody else while you worked on it. "
            "Your text is kept; compare, then save again."
        )
