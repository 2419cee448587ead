"""Remembers that somebody wanted to move a pilot and was refused for what it lacked: that blocks it."""

from pilots.access.permissions import Deed
from pilots.actions.by import By
from pilots.actions.change import changing
from pilots.actions.stage import MoveRefused
from pilots.gates.standing import stage_after
from pilots.models import Pilot

NOTED = "Refused and noted: it is blocked until this is settled."
NOTED_LATER = "Refused and noted: once its first quiet days are over, it is blocked until this is settled."


def would_note(refused: MoveRefused) -> bool:
    """Return whether the refusal of such a move blocks the pilot."""
    move = refused.move
    return bool(refused.lacks) and stage_after(move.pilot.at_stage) is move.to


def note_refusal(refused: MoveRefused, *, by: By) -> None:
    """Note a refused move, in a write of its own: the move itself has left nothing.

    Once for a stage, however often it is asked for. It is no movement and raises no version: what somebody
    is typing about the pilot stays good. A move, or a look by the rules that finds nothing in the way any
    longer, clears it. What only the form lacked, such as a reason, is not noted. Where it is, `refused.noted`
    says so.
    """
    move = refused.move
    if not would_note(refused):
        return
    with changing([move.pilot], deed=Deed.MOVE, by=by) as change:
        pilot = change.pilots[move.pilot.pk]
        if stage_after(pilot.at_stage) is not move.to:
            return
        refused.noted = NOTED_LATER if pilot.is_quiet(by.today(pilot.program)) else NOTED
        if pilot.wanted_stage != move.to.value:
            wanted_on = by.today(pilot.program)
            Pilot.objects.filter(pk=pilot.pk).update(wanted_stage=move.to.value, wanted_on=wanted_on)
            change.record(
                pilot,
                "pilot.move_refused",
                after={"stage": move.to.value, "lacks": [item.code for item in refused.lacks]},
                reason=" ".join(item.sentence for item in refused.lacks),
                touches=False,
            )
