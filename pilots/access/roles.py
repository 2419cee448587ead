"""What somebody can answer for on a pilot. A plain module: rules name roles too."""

from enum import StrEnum


class OwnerRole(StrEnum):
    """What somebody answers for on a pilot."""

    SPONSOR = "sponsor"
    BUSINESS_OWNER = "business_owner"
    TECHNICAL_LEAD = "technical_lead"
    PRODUCTION_OWNER = "production_owner"
    RUN_OWNER = "run_owner"
    BUILDER = "builder"
    INFRASTRUCTURE = "infrastructure"
    ON_CALL = "on_call"
    ENGINEERING = "engineering"
    OPERATIONS = "operations"
    DATA_ENGINEERING = "data_engineering"
    SECURITY = "security"
    LEGAL = "legal"
    BUSINESS = "business"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()


# Whose absence is noticed only when their approval is wanted (requirement row S1-11).
SEATS = frozenset(
    {
        OwnerRole.ENGINEERING,
        OwnerRole.OPERATIONS,
        OwnerRole.DATA_ENGINEERING,
        OwnerRole.SECURITY,
        OwnerRole.LEGAL,
        OwnerRole.BUSINESS,
    }
)
