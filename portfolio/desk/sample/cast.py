"""Who acts in the sample, and when."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from pilots.access.models import Program, Source, User
from pilots.actions.by import By


@dataclass(frozen=True)
class Cast:
    """Who acts, and on which day the sample is loaded."""

    program: Program
    manager: User
    owner: User
    executive: User
    today: date

    def by(self, user: User, days: int) -> By:
        return By(user=user, at=moment(self.today, days), source=Source.WEB)


def moment(today: date, days: int) -> datetime:
    """Return half past eight in the morning, so many days ago: it has passed in any office hour."""
    return datetime.combine(today - timedelta(days=days), time(8, 30), tzinfo=UTC)
