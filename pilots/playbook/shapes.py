"""The playbook: what a pilot has to show before which step, as data. A plain module.

A requirement is *attested* when somebody brings evidence of it, and *computed* when the record itself
can tell (`pilots.computed`, and what upper floors register there). Programs switch requirements off,
re-word them and add their own (`models.PlaybookEntry`). Sources are rows of the requirements; which
kinds of evidence count, and how long they do, is ours where the row does not say it.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from pilots.access.roles import OwnerRole
from pilots.lifecycle import Stage
from pilots.rules.registry import Pattern


class Gate(StrEnum):
    """A set of requirements that is judged as a whole. `ready` is G1 to G6."""

    G0 = "G0"
    G1 = "G1"
    G2 = "G2"
    G3 = "G3"
    G4 = "G4"
    G5 = "G5"
    G6 = "G6"
    G7 = "G7"
    G8 = "G8"

    @property
    def label(self) -> str:
        return GATE_WORDS[self][0]

    @property
    def note(self) -> str:
        return GATE_WORDS[self][1]


GATE_WORDS: dict[Gate, tuple[str, str]] = {
    Gate.G0: ("Charter", "who wants it, for what, and by which number it is judged"),
    Gate.G1: ("Business metric", "the number that should move is agreed, with a baseline, and signed"),
    Gate.G2: ("Data access", "live data, its origin known, access reviewed, privacy settled"),
    Gate.G3: ("Evaluation", "quality is scored on every change"),
    Gate.G4: ("Fallbacks", "what happens when it fails, and who notices"),
    Gate.G5: ("Rollout plan", "a small start, with a way back"),
    Gate.G6: ("Run owner", "a person has agreed to run it after go-live"),
    Gate.G7: ("Operations", "tested, supported and handed over to those who run it"),
    Gate.G8: ("Money", "the budget for production and for running it is committed"),
}
READY = (Gate.G1, Gate.G2, Gate.G3, Gate.G4, Gate.G5, Gate.G6)
# Which gates stand before which stage; G7 and G8 join those before go-live where a program says so.
GATES_BEFORE: dict[Stage, tuple[Gate, ...]] = {Stage.CHARTERED: (Gate.G0,), Stage.LIMITED: READY}
MAY_JOIN = (Gate.G7, Gate.G8)


class EvidenceKind(StrEnum):
    """What a piece of evidence is. A demo never satisfies anything (S3-6)."""

    DEMO = "demo"
    TEST = "test"
    SHADOW = "shadow"
    LIVE = "live"
    DOCUMENT = "document"
    SIGNATURE = "signature"

    @property
    def label(self) -> str:
        return {
            "demo": "Demo",
            "test": "Test",
            "shadow": "Shadow run",
            "live": "Live use",
            "document": "Document",
            "signature": "Signature",
        }[self.value]


class Audience(StrEnum):
    """Who tried it. What only the team or friendly users saw is said to be so (S4-28)."""

    TEAM = "team"
    FRIENDLY = "friendly"
    ORDINARY = "ordinary"

    @property
    def label(self) -> str:
        return {"team": "The team", "friendly": "Friendly users", "ordinary": "Ordinary users"}[self.value]


class PhaseCode(StrEnum):
    """The kinds of phases that plans are made of."""

    SCOPE = "scope"
    BUILD = "build"
    INTEGRATE = "integrate"
    COMMITTEE = "committee"
    SHIP = "ship"


class Area(StrEnum):
    """What a requirement is about; it groups the page."""

    BUSINESS = "business"
    DATA = "data"
    ENGINEERING = "engineering"
    ROLLOUT = "rollout"
    PEOPLE = "people"
    OPERATIONS = "operations"
    MLOPS = "mlops"
    GOVERNANCE = "governance"
    MONEY = "money"

    @property
    def label(self) -> str:
        return "MLOps" if self is Area.MLOPS else self.value.capitalize()


PROOF = frozenset({EvidenceKind.TEST, EvidenceKind.SHADOW, EvidenceKind.LIVE})
PAPER = frozenset({EvidenceKind.DOCUMENT, EvidenceKind.SIGNATURE})
ANY_BUT_DEMO = PROOF | PAPER


@dataclass(frozen=True, kw_only=True)
class Applies:
    """When a requirement concerns a pilot at all; empty means always. What is not known counts as yes."""

    how_built: frozenset[str] = frozenset()
    risk: frozenset[str] = frozenset()
    serving_pattern: frozenset[str] = frozenset()

    def to(self, traits: "Traits") -> bool:
        wanted = (
            (self.how_built, traits.how_built),
            (self.risk, traits.risk),
            (self.serving_pattern, traits.serving_pattern),
        )
        return all(not values or value in values or value == "" for values, value in wanted)


@dataclass(frozen=True, kw_only=True)
class Traits:
    """What of a pilot decides which requirements it has; "" where nobody knows."""

    how_built: str = ""
    risk: str = ""
    serving_pattern: str = ""


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """One thing a pilot has to show.

    `kinds` is empty for a computed one; with `or_record` the record tells it too, where it does.
    `good_for` is how many days evidence counts, None for good. `reopens_on_change`: evidence older than
    the newest live model version counts no longer (S3-11, S3-22).
    """

    code: str
    title: str
    area: Area
    gate: Gate | None = None
    phase: PhaseCode | None = None
    kinds: frozenset[EvidenceKind] = frozenset()
    applies: Applies = field(default_factory=Applies)
    or_record: bool = False
    good_for: int | None = None
    reopens_on_change: bool = False
    pattern: Pattern
    missing: str  # the sentence of a refusal: what is not there
    next_action: str
    unblockers: tuple[OwnerRole, ...]
    source: str

    @property
    def is_computed(self) -> bool:
        """Whether the record alone tells it, and nobody brings evidence."""
        return not self.kinds

    @property
    def has_condition(self) -> bool:
        """Whether the record can tell it at all."""
        return self.is_computed or self.or_record
