"""Which program the rows of a register go to, and which programs have to be opened for them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pilots.access.models import Program, User
from pilots.access.naming import free_prefix, free_slug
from pilots.access.permissions import Deed, may, relation_to_program
from portfolio.exchange.findings import CannotImport, Refusal
from portfolio.exchange.folding import fold
from portfolio.exchange.identity import KnownEntry
from portfolio.exchange.plan import Plan
from portfolio.exchange.understood import CONFIDENTIAL, UnderstoodRow


@dataclass
class Programs:
    """The program of each agency, by its folded name; `fresh` ones are not stored yet."""

    of_agency: dict[str, Program] = field(default_factory=dict)
    fresh: list[Program] = field(default_factory=list)

    def of(self, row: UnderstoodRow) -> Program:
        return self.of_agency[fold(row.agency)]


def find_program(name: str, user: User | None) -> Program:
    """Return the program somebody names by its name, slug or prefix; raise `CannotImport`."""
    wanted = fold(name)
    for program in Program.objects.visible_to(user).distinct().order_by("pk"):
        if wanted in {fold(program.name), program.slug, program.prefix.casefold()}:
            if program.is_sample:
                raise CannotImport(
                    f"“{program.name}” holds the sample portfolio. Import into another program."
                )
            return program
    raise CannotImport(f"There is no program “{name}”. Write its name as it stands in Headway.")


def assign(rows: Sequence[UnderstoodRow], entries: Iterable[KnownEntry], into: Program | None) -> Programs:
    """Say where rows that are new here go: where the agency's earlier rows are, else by its name."""
    found = Programs()
    stored = list(Program.objects.order_by("pk"))
    by_id = {program.pk: program for program in stored}
    by_name = {fold(program.name): program for program in stored if not program.is_sample}
    followed = {fold(str(entry.values.get("agency", ""))): by_id[entry.program] for entry in entries}
    prefixes = {program.prefix for program in stored}
    slugs = {program.slug for program in stored}
    for row in rows:
        agency = fold(row.agency)
        if agency in found.of_agency:
            continue
        program = into or followed.get(agency) or by_name.get(agency)
        if program is None:
            program = Program(
                name=row.agency,
                slug=free_slug(row.agency, slugs),
                prefix=free_prefix(row.prefix or row.agency, prefixes),
            )
            slugs.add(program.slug)
            prefixes.add(program.prefix)
            found.fresh.append(program)
        found.of_agency[agency] = program
    return found


def not_to_be_hidden(user: User | None, plan: Plan, where: Programs) -> list[Refusal]:
    """Return refusals of rows that change who may see a pilot, where this person may not say that."""
    wanted: dict[int, list[int]] = {}
    for row, _ in plan.new:
        told = row.more.get(CONFIDENTIAL)
        program = where.of(row)
        if told is not None and told.value and program.pk:
            wanted.setdefault(program.pk, []).append(row.line)
    for item in plan.changed:
        if CONFIDENTIAL in item.merged.fields:
            wanted.setdefault(item.entry.program, []).append(item.row.line)
    reason = "It changes who may see the pilot: a manager of the program can, and you are none."
    refused = []
    for program in Program.objects.filter(pk__in=wanted).order_by("pk"):
        if not may(Deed.MARK_CONFIDENTIAL, relation_to_program(user, program)):
            refused += [Refusal(line, reason) for line in wanted[program.pk]]
    return refused


def check_rights(user: User | None, fresh: Sequence[Program], used: Iterable[int]) -> None:
    """Raise `CannotImport` unless this person may import into all these programs; `used` are ids."""
    if user is None:
        return
    hint = "A manager imports into a program of their own, named with --program."
    if fresh and not user.is_administrator:
        names = ", ".join(program.name for program in fresh[:3])
        more = f" and {len(fresh) - 3} more" if len(fresh) > 3 else ""
        raise CannotImport(
            f"Only an administrator can open the programs this file needs: {names}{more}. {hint}"
        )
    wanted = set(used)
    visible = Program.objects.visible_to(user).filter(pk__in=wanted).distinct().order_by("pk")
    for program in visible:
        if not may(Deed.IMPORT, relation_to_program(user, program)):
            raise CannotImport(
                f"{user.email} may not import into {program}: a manager or an administrator can. {hint}"
            )
    if len(visible) < len(wanted):
        raise CannotImport(f"The file has rows of programs that are not yours. {hint}")
