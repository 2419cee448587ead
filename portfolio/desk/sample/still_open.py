"""Five of the 33 are still open and in no plan: each but the one on hold shows a way of getting stuck."""

from pilots.lifecycle import Stage
from pilots.models import HowBuilt, RiskTier
from pilots.models.log import Going
from portfolio.desk.sample.story import (
    Agreed,
    Asked,
    Held,
    Moved,
    Named,
    Postponed,
    Said,
    Story,
)

STILL_OPEN = (
    # Almost ready for months: proven, and nothing follows.
    Story(
        name="Subrogation letter drafts",
        problem="Recovering money from the other insurer starts with a letter nobody has time to write.",
        unit="Motor claims",
        how_built=HowBuilt.OWN,
        risk=RiskTier.MINIMAL,
        tags=("letters",),
        logged=406,
        approved=392,
        began=378,
        steps=(
            Agreed(378, "Letters sent within a week 35 → 80 %"),
            Named(371, "Niamh Kelly"),
            Moved(287, Stage.PROVEN, "210 drafts: 76 % went out after a glance, none had a wrong sum."),
            Said(
                231,
                "Shown to the board, well received. Waiting for a slot in the release plan.",
                Going.WAITING,
            ),
            Said(119, "Almost ready. The release plan is full until spring.", Going.WAITING),
        ),
    ),
    # Works on the demonstration only.
    Story(
        name="Voice bot for opening hours and documents",
        problem="Two in five callers only want an opening hour or a copy of a letter.",
        unit="Customer service",
        how_built=HowBuilt.BOUGHT,
        vendor="Tessera Voice",
        risk=RiskTier.LIMITED,
        tags=("calls",),
        logged=322,
        approved=308,
        began=294,
        steps=(
            Agreed(294, "Calls finished without an agent 0 → 30 %"),
            Named(294, "Esi Boateng"),
            Moved(245, Stage.PROVEN, "38 % of forty recorded sentences, chosen by the supplier."),
            Said(147, "The recordings of our calls still lack the callers' consent.", Going.BLOCKED),
            Moved(30, Stage.PILOTING, "On calls of our own it is far from what was shown."),
            Postponed(30, 21),
            Said(9, "A thousand real calls: one in eleven is finished without an agent.", Going.MOVING),
        ),
    ),
    # Nobody measures whether a change made it better or worse.
    Story(
        name="Reply drafts for complaint mails",
        problem="Answering a complaint takes fifty minutes, most of it looking things up.",
        unit="Customer service",
        how_built=HowBuilt.CONFIGURED,
        vendor="Quillmark",
        risk=RiskTier.LIMITED,
        tags=("mail", "letters"),
        logged=308,
        approved=294,
        began=280,
        steps=(
            Agreed(280, "Time per complaint 50 → 25 min"),
            Named(280, "Kavya Menon"),
            Said(
                196,
                "Instructions changed eleven times. Each time we read ten drafts and like them.",
                Going.MOVING,
            ),
            Moved(150, Stage.PROVEN, "Ten drafts read by three people, who liked all of them."),
            Moved(80, Stage.PILOTING, "The supplier changed its model. We cannot say what that did."),
            Postponed(80, 26),
            Said(9, "The next model is announced. We still have nothing to compare it with.", Going.WAITING),
        ),
    ),
    # Proven, and the money for running it is not committed.
    Story(
        name="Invoice coding for the claims ledger",
        problem="Finance corrects the account of every fifth claims invoice at month's end.",
        unit="Finance",
        how_built=HowBuilt.CONFIGURED,
        vendor="Parity Ledger",
        risk=RiskTier.MINIMAL,
        tags=("payments", "documents"),
        logged=371,
        approved=357,
        began=343,
        steps=(
            Agreed(343, "Invoices coded again at month's end 20 → 5 %"),
            Named(343, "Amara Nwosu"),
            Said(133, "The first quarter's end came too early. We try the next one.", Going.MOVING),
            Moved(26, Stage.PROVEN, "4,400 invoices of one quarter: 4 % coded again."),
            Said(8, "It works. The yearly EUR 60,000 for running it is in nobody's plan.", Going.WAITING),
            Asked(
                6,
                "Is there EUR 60,000 a year for running it?",
                ("From the new year", "From July", "No: stop"),
                30,
                of_executive=True,
            ),
        ),
    ),
    # On hold for a reason, agreed by somebody, with a day on which it is looked at again.
    Story(
        name="Contract clause checks for suppliers",
        problem="Legal reads 60 pages to find the three clauses that matter.",
        unit="Legal",
        how_built=HowBuilt.BOUGHT,
        vendor="Clausework",
        risk=RiskTier.MINIMAL,
        tags=("documents",),
        logged=343,
        approved=336,
        began=322,
        steps=(
            Agreed(322, "Reading time per contract 180 → 60 min"),
            Named(322, "Greta Lindholm"),
            Moved(96, Stage.PROVEN, "Eighty contracts: 55 minutes, no clause missed."),
            Held(42, "The supplier's contract is being negotiated.", "Head of Legal", 19),
        ),
    ),
)
