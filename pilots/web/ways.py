"""Where a pilot may go from here, for one reader, in words."""

from dataclasses import dataclass

from pilots.access.permissions import Deed, Relation, may
from pilots.lifecycle import ENDS, MAIN_PATH, NEXT, Stage, is_back
from pilots.models import Pilot


@dataclass(frozen=True)
class Way:
    """One stage somebody may ask for. `kind` is "next", "end" or "back"."""

    stage: Stage
    kind: str

    @property
    def words(self) -> str:
        match self.kind:
            case "end":
                return {Stage.STOPPED: "Stop", Stage.RETIRED: "Retire"}[self.stage]
            case "back":
                return f"Back to {self.stage.label}"
            case _:
                return f"On to {self.stage.label}"

    @property
    def deed(self) -> str:
        """The words on the button."""
        return f"{self.words} it" if self.kind == "end" else f"Move {self.words[0].lower()}{self.words[1:]}"


def ways(pilot: Pilot, relation: Relation) -> list[Way]:
    """Return the ways open to somebody: the next stage, the end, then the stages before, nearest first."""
    open_to_them = [
        stage
        for stage in NEXT[pilot.at_stage]
        if may(Deed.STOP if stage is Stage.STOPPED else Deed.MOVE, relation)
    ]
    found = [Way(stage, _kind(pilot.at_stage, stage)) for stage in open_to_them]
    return sorted(found, key=lambda way: (["next", "end", "back"].index(way.kind), -_place(way.stage)))


def _kind(frm: Stage, to: Stage) -> str:
    if to in ENDS:
        return "end"
    return "back" if is_back(frm, to) else "next"


def _place(stage: Stage) -> int:
    return MAIN_PATH.index(stage) if stage in MAIN_PATH else 0
