"""Who may load and clear the sample: those who run the site, and those who manage a program."""

from pilots.access.models import Program, Role, User
from portfolio.desk.sample.clear import sample_program


def may_load(user: User) -> bool:
    """Return whether a person may load the sample, or enter it where it is loaded."""
    if user.is_sample:
        return False
    return user.is_administrator or Program.objects.where(user, Role.MANAGER).exists()


def may_clear(user: User) -> bool:
    """Return whether there is a sample that a person may clear: its managers and administrators may."""
    program = sample_program()
    if program is None:
        return False
    manages = Program.objects.where(user, Role.MANAGER).filter(pk=program.pk).exists()
    return user.is_administrator or manages
