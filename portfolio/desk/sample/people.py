"""The people of the sample: four demo log-ins and the contacts who answer for its pilots. All invented."""

from dataclasses import dataclass

from pilots.access.models import Role
from pilots.actions.owner import Contact
from pilots.models import OwnerKind

DEMO_DOMAIN = "demo.headway.example"
DEMO_PASSWORD = "look-round-headway"  # noqa: S105 -- published on purpose; works on a loopback address only


@dataclass(frozen=True, kw_only=True)
class Demo:
    """A log-in for looking round. `role` is empty for the executive, who is a member of no program."""

    account: str
    name: str
    what: str
    role: Role | None

    @property
    def email(self) -> str:
        return f"{self.account}@{DEMO_DOMAIN}"


MANAGER = Demo(account="manager", name="Nadia Osman", what="Program manager", role=Role.MANAGER)
OWNER = Demo(account="owner", name="Luka Petrović", what="Pilot owner", role=Role.CONTRIBUTOR)
EXECUTIVE = Demo(account="executive", name="Piet van Doren", what="Executive", role=None)
VIEWER = Demo(account="viewer", name="Hana Ito", what="Viewer", role=Role.VIEWER)
DEMOS = (MANAGER, OWNER, EXECUTIVE, VIEWER)

_PEOPLE = {
    "Amara Nwosu": "amara.nwosu",
    "Bram Dekker": "bram.dekker",
    "Chiara Lombardi": "chiara.lombardi",
    "Dafydd Rees": "dafydd.rees",
    "Esi Boateng": "esi.boateng",
    "Farid Rahimi": "farid.rahimi",
    "Greta Lindholm": "greta.lindholm",
    "Hiroshi Mori": "hiroshi.mori",
    "Imani Okoye": "imani.okoye",
    "Jonas Weiß": "jonas.weiss",
    "Kavya Menon": "kavya.menon",
    "Mateus Silva": "mateus.silva",
    "Niamh Kelly": "niamh.kelly",
    "Oskar Nowak": "oskar.nowak",
    "Paloma Reyes": "paloma.reyes",
    "Sione Tau": "sione.tau",
}
_TEAMS = {
    "Claims operations": "claims.operations",
    "Service desk": "service.desk",
    "Payments team": "payments.team",
    "Platform team": "platform.team",
}

CONTACTS = {
    name: Contact(name=name, email=f"{local}@example.com", kind=kind)
    for names, kind in ((_PEOPLE, OwnerKind.PERSON), (_TEAMS, OwnerKind.TEAM))
    for name, local in names.items()
} | {demo.name: Contact(name=demo.name, email=demo.email) for demo in (MANAGER, OWNER)}
