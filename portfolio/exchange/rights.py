"""Who may import into what; asked again at every step of an import, because a seat can be lost meanwhile."""

from pilots.access.models import Program, User
from pilots.access.permissions import Deed, relation_to_program, runs_the_site
from pilots.actions.by import Forbidden, Refused
from pilots.actions.change import require

OF_SEVERAL = (
    "You may not import a file that names its own programs: an administrator can. "
    "Choose one program for all its rows."
)


def require_import(program: Program | None, user: User | None) -> None:
    """Raise `Forbidden` unless somebody may import into a program; None is a file that names its programs.

    `user` is None for the system. A token imports into the programs it is limited to, one of single pilots
    nowhere. The sample portfolio takes no import at all: that is `Refused`.
    """
    if program is not None and program.is_sample:
        raise Refused.because(
            f"“{program.name}” holds the sample portfolio. Import into another program.",
            field="program",
            code="sample",
        )
    if user is None:
        return
    if not user.is_active:
        raise Forbidden("This account is closed, so it imports nothing.")
    if program is None:
        if not runs_the_site(user):
            raise Forbidden(OF_SEVERAL)
        return
    require(Deed.IMPORT, relation_to_program(user, program))
    if not Program.objects.visible_to(user).filter(pk=program.pk).exists():
        raise Forbidden("This token does not reach that program.")
