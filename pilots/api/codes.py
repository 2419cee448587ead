"""The code lists of the API, by name: the description gives each its own type."""

from pilots.models import HowBuilt, LogKind, Origin, OwnerKind, RiskTier
from pilots.models.log import Going
from pilots.models.pilot import Health
from pilots.web.filter_fields import choices_of

GOING = choices_of(Going)
HEALTH = choices_of(Health)
HOW_BUILT = choices_of(HowBuilt)
LOG_KIND = choices_of(LogKind)
ORIGIN = choices_of(Origin)
OWNER_KIND = choices_of(OwnerKind)
RISK = choices_of(RiskTier)
