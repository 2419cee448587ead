"""What actions about the settings of one program share: the lock on it, and the right to set it up."""

from pilots.access.models import Program
from pilots.access.permissions import Deed, relation_to_program
from pilots.actions.by import By
from pilots.actions.change import require


def lock_program(program: Program, *, by: By) -> Program:
    """Lock a program, so that nobody else sets it up until this is written.

    Raises `Program.DoesNotExist` where the person does not see it, `Forbidden` where they may not.
    """
    visible = Program.objects.visible_to(by.user).filter(pk=program.pk).values("pk")
    locked = Program.objects.filter(pk__in=visible).select_for_update(no_key=True).first()
    if locked is None:
        raise Program.DoesNotExist("The program is gone, or not visible to the person who asked.")
    require(Deed.CONFIGURE, relation_to_program(by.user, locked))
    return locked
