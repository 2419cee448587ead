from pilots.health import Health
from pilots.models.answer import Answer, AnswerKind
from pilots.models.custom import CustomField
from pilots.models.decision import Decision
from pilots.models.flag import Flag, ProgramLine, RuleSetting
from pilots.models.invitation import Invitation, Lapse
from pilots.models.job import Heartbeat, JobRun
from pilots.models.log import LogEntry, LogKind
from pilots.models.milestone import Milestone
from pilots.models.ownership import Owner, OwnerKind, Ownership
from pilots.models.pilot import HowBuilt, Pilot, PilotQuerySet, PilotTag, RiskTier
from pilots.models.plan import Phase, Plan
from pilots.models.register import RegisterEntry
from pilots.models.stage import Hold, Origin, StageSpan, StageTransition

__all__ = [
    "Answer",
    "AnswerKind",
    "CustomField",
    "Decision",
    "Flag",
    "Health",
    "Heartbeat",
    "Hold",
    "HowBuilt",
    "Invitation",
    "JobRun",
    "Lapse",
    "LogEntry",
    "LogKind",
    "Milestone",
    "Origin",
    "Owner",
    "OwnerKind",
    "Ownership",
    "Phase",
    "Pilot",
    "PilotQuerySet",
    "PilotTag",
    "Plan",
    "ProgramLine",
    "RegisterEntry",
    "RiskTier",
    "RuleSetting",
    "StageSpan",
    "StageTransition",
]
