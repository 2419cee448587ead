"""The code lists of the API, by name: the description gives each its own type."""

from pilots.custom import FieldKind
from pilots.health import Health
from pilots.models import AnswerKind, HowBuilt, LogKind, Origin, OwnerKind, RiskTier
from pilots.models.log import Going
from pilots.plans import Template
from pilots.rules.registry import Kind, Pattern, Severity
from pilots.web.filter_fields import choices_of

ANSWER_KIND = choices_of(AnswerKind)
FIELD_KIND = choices_of(FieldKind)
GOING = choices_of(Going)
HEALTH = choices_of(Health)
HOW_BUILT = choices_of(HowBuilt)
LOG_KIND = choices_of(LogKind)
ORIGIN = choices_of(Origin)
OWNER_KIND = choices_of(OwnerKind)
PATTERN = choices_of(Pattern)
PLAN_TEMPLATE = choices_of(Template)
RISK = choices_of(RiskTier)
RULE_CLASS = choices_of(Kind)
SEVERITY = choices_of(Severity)
