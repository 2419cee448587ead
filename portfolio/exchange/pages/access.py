"""Who may come to the pages of imports, and which import an address means."""

from django.shortcuts import get_object_or_404

from pilots.access.models import Program, Role, User
from pilots.actions.by import Forbidden
from pilots.web.spoken import any_of
from portfolio.exchange.models import Import

MOST_NAMES = 3


def may_import(user: User) -> bool:
    """Return whether there is any program into which this person may import; one query at most.

    The sample takes no import.
    """
    return user.is_administrator or Program.objects.where(user, Role.MANAGER).filter(is_sample=False).exists()


def require_importer(user: User) -> None:
    if not may_import(user):
        raise Forbidden(
            f"A program’s managers import into it, and administrators into any. {_way_in(user)}".strip()
        )


def find_import(user: User, pk: int) -> Import:
    """Return an import this person may see. Raises `Forbidden` for whoever may not import at all."""
    require_importer(user)
    imports = Import.objects.visible_to(user).without_table().select_related("program", "made_by")
    return get_object_or_404(imports, pk=pk)


def _way_in(user: User) -> str:
    if user.is_sample:
        return "The sample takes none; an administrator opens a program of your own."
    programs = Program.objects.visible_to(user).filter(memberships__user=user, is_sample=False).values("pk")
    managers = (
        User.objects.filter(
            memberships__program__in=programs, memberships__role=Role.MANAGER.value, is_active=True
        )
        .distinct()
        .order_by("name", "pk")
    )
    names = [manager.name for manager in managers[:MOST_NAMES]]
    return f"{any_of(names)} can do it for you, or make you a manager." if names else ""
