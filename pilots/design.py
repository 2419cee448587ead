"""The words for how a pilot is made to run: what is chosen once and shapes everything after it. Plain."""

from enum import StrEnum


class ServingPattern(StrEnum):
    """How it answers (S0-6). Changing it after day 15 of the plan is a change of scope."""

    BATCH = "batch"
    REAL_TIME = "real_time"
    STREAMING = "streaming"

    @property
    def label(self) -> str:
        return {"batch": "In batches", "real_time": "At once", "streaming": "As a stream"}[self.value]


class ServingLocation(StrEnum):
    """Where it runs (S2-10)."""

    CLOUD = "cloud"
    EDGE = "edge"
    HYBRID = "hybrid"
    ON_PREMISES = "on_premises"

    @property
    def label(self) -> str:
        return {
            "cloud": "In the cloud",
            "edge": "On devices",
            "hybrid": "Cloud and devices",
            "on_premises": "On own machines",
        }[self.value]


class ModelTier(StrEnum):
    """What kind of thing decides (S0-11 to S0-13)."""

    LARGEST = "largest"
    SMALL = "small"
    RULES = "rules"

    @property
    def label(self) -> str:
        return {"largest": "A most capable model", "small": "A small model", "rules": "Rules, no model"}[
            self.value
        ]


class Regime(StrEnum):
    """The law its personal data falls under (S2-22)."""

    NONE = "none"
    GDPR = "gdpr"
    HIPAA = "hipaa"
    OTHER = "other"

    @property
    def label(self) -> str:
        return {
            "none": "No personal data",
            "gdpr": "Personal data, GDPR",
            "hipaa": "Personal data, HIPAA",
            "other": "Personal data, another law",
        }[self.value]


class Complexity(StrEnum):
    """How hard it is to bring into production (S2-24)."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def label(self) -> str:
        return self.value.capitalize()


class ConnectionKind(StrEnum):
    """What is on the other side (S2-5, S4-10)."""

    SOURCE = "source"
    API = "api"
    DEVICE = "device"
    LEGACY = "legacy"
    FILE = "file"
    HUMAN = "human"

    @property
    def label(self) -> str:
        return {
            "source": "Data source",
            "api": "API",
            "device": "Device",
            "legacy": "Legacy system",
            "file": "File or spreadsheet",
            "human": "A person",
        }[self.value]


class ConnectionState(StrEnum):
    """How far a connection is; each includes the ones before it."""

    LISTED = "listed"
    DESIGNED = "designed"
    CONNECTED = "connected"
    TESTED = "tested"

    @property
    def label(self) -> str:
        return self.value.capitalize()


class RolloutKind(StrEnum):
    """The steps to everybody, smallest first (S3-18, S1-16)."""

    SHADOW = "shadow"
    CANARY = "canary"
    LIMITED = "limited"
    EXPANDED = "expanded"
    FULL = "full"

    @property
    def label(self) -> str:
        return {
            "shadow": "Shadow run",
            "canary": "Canary",
            "limited": "Limited group",
            "expanded": "Expanded",
            "full": "Everybody",
        }[self.value]


class RolloutOutcome(StrEnum):
    """What was decided after a step; blank while it is open."""

    PROCEED = "proceed"
    HOLD = "hold"
    ROLLED_BACK = "rolled_back"

    @property
    def label(self) -> str:
        return {"proceed": "Go on", "hold": "Stay at this share", "rolled_back": "Rolled back"}[self.value]


class Cause(StrEnum):
    """Why a pilot ended. The words of the patterns, and the two that are nobody's failure."""

    VALUE_NOT_SHOWN = "value_not_shown"
    DATA = "data"
    INTEGRATION = "integration"
    NO_OWNER = "no_owner"
    MONEY = "money"
    QUALITY = "quality"
    RISK = "risk"
    PRIORITIES = "priorities"
    REPLACED = "replaced"
    DONE = "done"

    @property
    def label(self) -> str:
        return CAUSE_WORDS[self]


CAUSE_WORDS: dict[Cause, str] = {
    Cause.VALUE_NOT_SHOWN: "It did not show enough value",
    Cause.DATA: "The data is not there or not good enough",
    Cause.INTEGRATION: "It could not be connected",
    Cause.NO_OWNER: "Nobody would own or run it",
    Cause.MONEY: "The money was not committed",
    Cause.QUALITY: "It was not good enough",
    Cause.RISK: "Risk, law or privacy",
    Cause.PRIORITIES: "Something else matters more",
    Cause.REPLACED: "Something better took its place",
    Cause.DONE: "Its question is answered",
}
