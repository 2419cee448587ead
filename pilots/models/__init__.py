from pilots.models.job import Heartbeat
from pilots.models.log import LogEntry, LogKind
from pilots.models.ownership import Owner, OwnerKind, Ownership
from pilots.models.pilot import Health, HowBuilt, Pilot, PilotQuerySet, PilotTag, RiskTier
from pilots.models.register import RegisterEntry
from pilots.models.stage import Hold, Origin, StageSpan, StageTransition

__all__ = [
    "Health",
    "Heartbeat",
    "Hold",
    "HowBuilt",
    "LogEntry",
    "LogKind",
    "Origin",
    "Owner",
    "OwnerKind",
    "Ownership",
    "Pilot",
    "PilotQuerySet",
    "PilotTag",
    "RegisterEntry",
    "RiskTier",
    "StageSpan",
    "StageTransition",
]
