"""What the stopped pilots of the sample leave behind, by the pilot's name. Of two nobody said it."""

from decimal import Decimal

from pilots.actions.ending import Legacy
from pilots.design import Cause

STEERING = "Steering group"

ENDINGS: dict[str, Legacy] = {
    "Parking-fine dispute letters": Legacy(
        cause=Cause.VALUE_NOT_SHOWN,
        lessons="Count the cases before anything is built: forty a month carry no upkeep.",
        reusable="Twelve model answers, which the lawyers use as they are.",
        decided_by="Head of Legal",
    ),
    "Hail damage from roof photographs": Legacy(
        cause=Cause.DATA,
        lessons="Test on our own houses before calling it proven.",
        reusable="400 roofs with the surveyor's verdict, ready for the next supplier.",
        decided_by=STEERING,
    ),
    "Chat answers on the website": Legacy(
        cause=Cause.QUALITY,
        lessons="Read two hundred real chats on the first day.",
        reusable="Those real chats, with the answers an agent would give.",
        decided_by="Head of Customer Service",
    ),
    "Fraud hints in household claims": Legacy(
        cause=Cause.RISK,
        lessons="Fairness is measured in the first month, on the columns that stand in for people.",
        reusable="The comparison by postcode, which the privacy officer now asks of every score.",
        decided_by=STEERING,
    ),
    "Speech menu for roadside help": Legacy(
        cause=Cause.QUALITY,
        lessons="Record by the roadside, not in the office.",
        decided_by=STEERING,
    ),
    "Broker mail triage": Legacy(
        cause=Cause.REPLACED,
        lessons="Look at the road map before the pilot.",
        reusable="The list of what brokers ask for, taken over by the portal.",
        decided_by=STEERING,
        released_amount=Decimal(45000),
        released_currency="EUR",
    ),
    "Medical report summaries": Legacy(
        cause=Cause.RISK,
        lessons="Settle what data may be used before building.",
        reusable="The data protection assessment for medical files.",
        decided_by="Data protection officer",
    ),
    "Renewal price explanations": Legacy(
        cause=Cause.NO_OWNER,
        lessons="One person decides, and is named before the start.",
        decided_by=STEERING,
    ),
    "Spare-part price estimates": Legacy(
        cause=Cause.MONEY,
        lessons="Agree the price for the real volume before the first test.",
        decided_by="Head of Motor Claims",
    ),
    "Policy documents in plain words": Legacy(
        cause=Cause.REPLACED,
        lessons="Compare with people who do the work, not with today's text.",
        reusable="The test with forty readers.",
        decided_by=STEERING,
    ),
    "Scheduling visits of loss adjusters": Legacy(
        cause=Cause.INTEGRATION,
        lessons="The connection that writes is the hard one; test it first.",
        decided_by=STEERING,
    ),
    "Expense receipts for employees": Legacy(
        cause=Cause.REPLACED,
        lessons="Ask the makers of what we have what their next release brings.",
        decided_by="Head of Finance",
        released_amount=Decimal(31000),
        released_currency="EUR",
    ),
    "Questions about pensions, answered for staff": Legacy(
        cause=Cause.REPLACED,
        lessons="Try the simple thing first.",
        reusable="The twelve answers, on one page.",
        decided_by="Head of People and Culture",
    ),
    "Video identification for new customers": Legacy(
        cause=Cause.RISK,
        lessons="Ask the regulator first.",
        decided_by="Head of Sales",
    ),
}
