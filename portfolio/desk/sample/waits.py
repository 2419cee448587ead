"""What waited for whom in the sample, by the pilot's name. Days count back from the day of loading.

None belongs to a pilot that shows a way of getting stuck: each of those shows one thing.
"""

from pilots.access.permissions import OwnerRole
from portfolio.desk.sample.story import Freed, Step, Waited

LEGAL, SECURITY, DATA = OwnerRole.LEGAL, OwnerRole.SECURITY, OwnerRole.DATA_ENGINEERING
IT = OwnerRole.INFRASTRUCTURE


def over(code: str, on: OwnerRole, since: int, until: int, note: str) -> tuple[Step, ...]:
    """Return a wait that has ended."""
    return Waited(since, code, on, note), Freed(until, code)


WAITS: dict[str, tuple[Step, ...]] = {
    "Post sorting for claims letters": over("serving", IT, 720, 689, "A server beside the scanners."),
    "Hail damage from roof photographs": over(
        "vendor-evaluated", LEGAL, 690, 668, "Whose pictures are they?"
    ),
    "Chat answers on the website": over("privacy-regime", LEGAL, 672, 660, "May chats be kept for tests?"),
    "Windscreen invoice check": over(
        "access-reviewed", SECURITY, 630, 602, "Reading payments without paying."
    ),
    "Fraud hints in household claims": over(
        "privacy-regime", LEGAL, 592, 557, "May a claim be scored at all?"
    ),
    "Broker mail triage": over("access-reviewed", SECURITY, 540, 525, "The shared inbox of all brokers."),
    "Medical report summaries": over(
        "privacy-regime", LEGAL, 476, 420, "Medical files, with names or without."
    ),
    "Renewal price explanations": over(
        "privacy-regime", LEGAL, 490, 442, "Which grounds of a price may be told?"
    ),
    "Spare-part price estimates": over("vendor-evaluated", LEGAL, 455, 434, "The price after the trial."),
    "Address change without retyping": over("lineage", DATA, 450, 424, "Three registers hold the address."),
    "Policy documents in plain words": over("kpi-signed", LEGAL, 425, 399, "Does a plainer text bind us?"),
    "Scheduling visits of loss adjusters": over("live-source", DATA, 378, 336, "The adjusters' calendars."),
    "Expense receipts for employees": over(
        "access-reviewed", SECURITY, 336, 322, "Receipts outside the house."
    ),
    "Questions about pensions, answered for staff": over(
        "privacy-regime", LEGAL, 294, 259, "What staff ask about their pensions is personal."
    ),
    "Contract clause checks for suppliers": (
        *over("privacy-regime", LEGAL, 301, 283, "Contracts name people."),
        Waited(58, "vendor-evaluated", LEGAL, "The supplier's contract is being negotiated."),
    ),
    "Video identification for new customers": over("privacy-regime", LEGAL, 30, 9, "Faces and passports."),
    "Fleet risk notes from telematics": (
        Waited(37, "contracts-agreed", LEGAL, "The supplier's contract does not name us."),
        Waited(34, "live-source", DATA, "The first trips file."),
    ),
    "Translation of witness statements": (
        Waited(19, "privacy-regime", LEGAL, "Statements leave the house for a translation."),
    ),
    "Meter readings from photographs": (
        Waited(12, "access-reviewed", SECURITY, "Pictures from tenants' telephones."),
    ),
    "Sorting of tax letters": (Waited(16, "ingestion", IT, "A way in for scanned letters."),),
    "Duplicate check before payment": (
        Waited(6, "serving", IT, "A place to run between approval and payment."),
        Waited(5, "lineage", DATA, "Two ledgers name the same supplier differently."),
    ),
}
