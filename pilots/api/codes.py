"""The code lists of the API, by name: the description gives each its own type."""

from pilots.custom import FieldKind
from pilots.design import (
    Cause,
    Complexity,
    ConnectionKind,
    ConnectionState,
    ModelTier,
    Regime,
    RolloutKind,
    RolloutOutcome,
    ServingLocation,
    ServingPattern,
)
from pilots.gates import State
from pilots.health import Health
from pilots.models import AnswerKind, HowBuilt, LogKind, Origin, OwnerKind, RiskTier
from pilots.models.backtest import State as BacktestState
from pilots.models.log import Going
from pilots.plans import Template
from pilots.playbook import Area, Audience, EvidenceKind, Gate, PhaseCode
from pilots.rules.backtest import Became
from pilots.rules.registry import Kind, Pattern, Severity
from pilots.web.filter_fields import choices_of

ANSWER_KIND = choices_of(AnswerKind)
AREA = choices_of(Area)
AUDIENCE = choices_of(Audience)
BECAME = choices_of(Became)
BACKTEST_STATE = choices_of(BacktestState)
EVIDENCE_KIND = choices_of(EvidenceKind)
CAUSE = choices_of(Cause)
COMPLEXITY = choices_of(Complexity)
CONNECTION_KIND = choices_of(ConnectionKind)
CONNECTION_STATE = choices_of(ConnectionState)
FIELD_KIND = choices_of(FieldKind)
GATE = choices_of(Gate)
GOING = choices_of(Going)
HEALTH = choices_of(Health)
HOW_BUILT = choices_of(HowBuilt)
LOG_KIND = choices_of(LogKind)
MODEL_TIER = choices_of(ModelTier)
ORIGIN = choices_of(Origin)
OWNER_KIND = choices_of(OwnerKind)
PATTERN = choices_of(Pattern)
PHASE_CODE = choices_of(PhaseCode)
PLAN_TEMPLATE = choices_of(Template)
REGIME = choices_of(Regime)
REQUIREMENT_STATE = choices_of(State)
RISK = choices_of(RiskTier)
ROLLOUT_KIND = choices_of(RolloutKind)
ROLLOUT_OUTCOME = choices_of(RolloutOutcome)
RULE_CLASS = choices_of(Kind)
SEVERITY = choices_of(Severity)
SERVING_LOCATION = choices_of(ServingLocation)
SERVING_PATTERN = choices_of(ServingPattern)
