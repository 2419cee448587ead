"""Remembers that somebody wanted to move a pilot and was refused for what it lacked: that blocks it."""

from pilots.access.permissions import Deed
from pilots.actions.by import By
from pilots.actions.change import changing
from pilots.actions.stage import MoveRefused
from pilots.gates.standing import stage_after
from pilots.models import Pilot


def note_refusal(refused: MoveRefused, *, by: By) -> None:
    """Note a refused move, in a write of its own: the move itself has left nothing.

    Once for a stage, however often it is asked for. It is no movement and raises no version: what somebody
    is typing about the pilot stays good. A move, or a look by the rules that finds nothing in the way any
    longer, clears it. What only the form lacked, such as a reason, is not noted.
    """
    move = refused.move
    if not refused.lacks:
        return
    with changing([move.pilot], deed=Deed.MOVE, by=by) as change:
        pilot = change.pilots[move.pilot.pk]
        if pilot.wanted_stage != move.to.value and stage_after(pilot.at_stage) is move.to:
            wanted_on = by.today(pilot.program)
            Pilot.objects.filter(pk=pilot.pk).update(wanted_stage=move.to.value, wanted_on=wanted_on)
            change.record(
                pilot,
                "pilot.move_refused",
                after={"stage": move.to.value, "lacks": [item.code for item in refused.lacks]},
                reason=" ".join(item.sentence for item in refused.lacks),
                touches=False,
            )
