from pilots.health import Health
from pilots.models.answer import Answer, AnswerKind
from pilots.models.backtest import Backtest
from pilots.models.custom import CustomField
from pilots.models.decision import Decision
from pilots.models.ending import Ending
from pilots.models.flag import Flag, ProgramLine, RuleSetting
from pilots.models.invitation import Invitation, Lapse
from pilots.models.job import Heartbeat, JobRun
from pilots.models.log import LogEntry, LogKind
from pilots.models.milestone import Milestone
from pilots.models.ownership import Owner, OwnerKind, Ownership
from pilots.models.pilot import HowBuilt, Pilot, PilotQuerySet, PilotTag, RiskTier
from pilots.models.plan import Phase, Plan, PlanTemplate, ScopeChange
from pilots.models.production import Connection, ModelVersion, RolloutStep
from pilots.models.readiness import (
    Approval,
    Approving,
    Evidence,
    GateSetting,
    PlaybookEntry,
    RequirementState,
    Waiting,
    Waiver,
)
from pilots.models.register import RegisterEntry
from pilots.models.stage import Hold, Origin, StageSpan, StageTransition
from pilots.models.view import BulkEdit, PilotTemplate, SavedView
from pilots.models.workdays import Freeze, Holiday

__all__ = [
    "Answer",
    "AnswerKind",
    "Approval",
    "Approving",
    "Backtest",
    "BulkEdit",
    "Connection",
    "CustomField",
    "Decision",
    "Ending",
    "Evidence",
    "Flag",
    "Freeze",
    "GateSetting",
    "Health",
    "Heartbeat",
    "Hold",
    "Holiday",
    "HowBuilt",
    "Invitation",
    "JobRun",
    "Lapse",
    "LogEntry",
    "LogKind",
    "Milestone",
    "ModelVersion",
    "Origin",
    "Owner",
    "OwnerKind",
    "Ownership",
    "Phase",
    "Pilot",
    "PilotQuerySet",
    "PilotTag",
    "PilotTemplate",
    "Plan",
    "PlanTemplate",
    "PlaybookEntry",
    "ProgramLine",
    "RegisterEntry",
    "RequirementState",
    "RiskTier",
    "RolloutStep",
    "RuleSetting",
    "SavedView",
    "ScopeChange",
    "StageSpan",
    "StageTransition",
    "Waiting",
    "Waiver",
]
