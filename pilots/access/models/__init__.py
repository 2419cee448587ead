from pilots.access.models.answer import IdempotencyKey
from pilots.access.models.event import Event, Movement, Source
from pilots.access.models.program import Membership, Program, Role
from pilots.access.models.token import ApiToken
from pilots.access.models.user import Reach, User

__all__ = [
    "ApiToken",
    "Event",
    "IdempotencyKey",
    "Membership",
    "Movement",
    "Program",
    "Reach",
    "Role",
    "Source",
    "User",
]
