"""Reads the people a cell names. What is not plainly several people stays one, and is said to be in doubt."""

import re

from portfolio.exchange.folding import fold
from portfolio.exchange.list_cells import phrases, read_written_list

LONGEST_NAME = 120
MOST_WORDS = 12
NOBODY = phrases(
    """
    , -, --, —, –, ., ?, ??, n/a, na, n.a., none, nobody, nobody yet, no-one, no one, null, nil, unknown,
    not known, unassigned, not assigned, vacant, open, tbd, tbc, tba, todo, pending, to be determined,
    to be confirmed, to be defined, to be named, to be decided, not available, not applicable,
    k.a., ka, keine angabe, niemand, noch niemand, keiner, offen, noch offen, unbekannt, unbesetzt, vakant,
    nn, n.n., personne, aucun, aucune, inconnu, à définir, non défini, vacante, nadie, ninguno, desconocido,
    por definir, a definir, sin asignar
    """
)

# What may stand in an address ends at a letter that may not, and begins only there: so it reads in one go.
_IN = r"[^\s<>()\[\],;:|\"]"
ADDRESS = re.compile(rf"(?<!{_IN}){_IN}+@{_IN}+")
_PARTED = re.compile(r"[;\n\r|•]+|(?<=>)\s*,")
_AND = re.compile(r"\s+(?:and|und|et|y|&|\+)\s+", re.IGNORECASE)
_WORD = re.compile(r"(?:[^\W\d_][\w’'.-]*)")
_PARTICLES = phrases(
    "van, von, der, den, de, del, della, di, da, dos, das, du, la, le, el, al, bin, ibn, ter, ten, zu, zur"
)
# Words of teams: “Legal and Compliance” is one owner, not two.
TEAM = phrases(
    """
    team, group, department, dept, office, unit, division, board, committee, council, centre, center, lab,
    labs, desk, service, services, support, operations, ops, it, hr, finance, legal, compliance, risk,
    security, data, analytics, engineering, research, development, product, products, sales, marketing,
    procurement, architecture, infrastructure, platform, digital, business, customer, claims, abteilung,
    bereich, vertrieb, einkauf, personal, recht, direction, département, équipe, equipo, departamento,
    unidad, dirección
    """
)


def read_people(text: str) -> tuple[list[str], str]:
    """Return the contacts a cell names, each as `read_contact` reads it, and "" or a sentence of doubt.

    A comma parts no name (`Lee, Ann`), and “and” parts only what are two names of people.
    """
    written = read_written_list(text)
    parts = _PARTED.split(text) if written is None else written
    people: list[str] = []
    doubts: list[str] = []
    for part in parts:
        found, doubt = _part(" ".join(part.split()))
        people += found
        doubts += [doubt] if doubt else []
    once = {fold(person): person for person in reversed(people)}
    return list(reversed(once.values())), " ".join(dict.fromkeys(doubts))


def read_addresses(text: str) -> list[str]:
    """Return the addresses of a cell in their places, "" for a place left free: `ann@x.org; ; bo@x.org`."""
    written = read_written_list(text)
    parts = re.split(r"[;\n\r|,]", text) if written is None else written
    places = [next(iter(ADDRESS.findall(part)), "").removeprefix("mailto:") for part in parts]
    if len(places) == 1:
        return [address.removeprefix("mailto:") for address in ADDRESS.findall(text)]
    return places if any(places) else []


def pair_people(names: str, addresses: str) -> tuple[list[str], str]:
    """Return contacts of a cell of names and one of their addresses, and "" or a sentence of doubt."""
    people, doubt = read_people(names)
    found = read_addresses(addresses)
    if not people:
        return [address for address in found if address], doubt
    if not any(found):
        return people, doubt
    if len(found) != len(people):
        said = f"{_count(people, 'name')} and {_count(found, 'address')}: which belongs to whom is not told."
        return people, f"{doubt} {said}".strip()
    paired = zip(people, found, strict=True)
    return [f"{name} <{mail}>" if mail and "@" not in name else name for name, mail in paired], doubt


def _count(items: list[str], what: str) -> str:
    several = f"{what}es" if what.endswith("s") else f"{what}s"
    return f"{len(items)} {what if len(items) == 1 else several}"


def _part(text: str) -> tuple[list[str], str]:
    """Read what stands between two semicolons or line breaks."""
    text = re.sub(r"^(?:[-*–]|\d{1,2}[.)])\s+", "", text.strip(" ,"))
    if fold(text) in NOBODY:
        return [], ""
    addresses = ADDRESS.findall(text)
    if len(addresses) > 1:
        return _several_addresses(text, addresses)
    if addresses:
        return [_with_address(text, addresses[0])], ""
    return _names(text)


def _several_addresses(text: str, addresses: list[str]) -> tuple[list[str], str]:
    parts = [part.strip() for part in re.split(r",|\s&\s|\s/\s|\band\b|\bund\b|\bet\b", text) if part.strip()]
    if len(parts) == len(addresses) and all(ADDRESS.search(part) for part in parts):
        pairs = zip(parts, addresses, strict=True)
        return [_with_address(part, address) for part, address in pairs], ""
    left = ADDRESS.sub(" ", text).replace("mailto:", " ")
    if re.search(r"\w", left):
        said = f"“{_short(text)}” names several addresses; the names beside them were not taken."
        return [address.removeprefix("mailto:") for address in addresses], said
    return [address.removeprefix("mailto:") for address in addresses], ""


def _with_address(text: str, address: str) -> str:
    """Return `Ann Lee <ann@x.org>`, however the address stands beside the name."""
    name = text.replace(address, " ").replace("<", " ").replace(">", " ")
    name = re.sub(r"[(\[]\s*[)\]]|mailto:|e-?mail:", " ", name, flags=re.IGNORECASE)
    name = " ".join(name.split()).strip(" ,:-–—\"'/")
    address = re.sub(r"^mailto:", "", address, flags=re.IGNORECASE).rstrip(".")
    return f"{name} <{address}>" if name else address


def _names(text: str) -> tuple[list[str], str]:
    if len(text) > LONGEST_NAME or len(text.split()) > MOST_WORDS:
        return [], f"“{_short(text)}” is too long for a name; nobody was taken from it."
    if not re.search(r"\w", text):
        return [], f"“{_short(text)}” is no name."
    beside = [part for part in _AND.split(text) if part]
    if len(beside) > 1:
        if all(_is_person(part) for part in beside):
            return beside, ""
        return [text], f"“{_short(text)}” may be several people; it is taken as one."
    by_comma = [part.strip() for part in text.split(",")]
    if len(by_comma) > 2 and all(_is_person(part) for part in by_comma):
        return by_comma, f"“{_short(text)}” is taken as {len(by_comma)} people."
    if len(by_comma) > 2 or (len(by_comma) == 2 and all(_is_person(part) for part in by_comma)):
        return [text], f"“{_short(text)}” may be several people; it is taken as one."
    if re.search(r"\s*/\s*", text) and not re.fullmatch(r"\S+/\S+", text):
        return [text], f"“{_short(text)}” may be several people; it is taken as one."
    if "?" in text:
        return [text], f"“{_short(text)}” has a question mark."
    return [text], ""


def _is_person(text: str) -> bool:
    """Say whether a text looks like a first and a last name: capitalised words, none of them a team's."""
    words = text.split()
    if not 2 <= len(words) <= 5 or any(fold(word) in TEAM for word in words):
        return False
    named = [word for word in words if word not in _PARTICLES]
    return len(named) >= 2 and all(_WORD.fullmatch(word) and word[0].isupper() for word in named)


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
