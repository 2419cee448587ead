from kpis.models.kpi import Kpi, KpiVersion, SignOff
from kpis.models.ledger import LedgerEntry, ProgramMoney, Rate
from kpis.models.loop import FeedbackLoop
from kpis.models.measurement import Measurement
from kpis.models.report import Report

__all__ = [
    "FeedbackLoop",
    "Kpi",
    "KpiVersion",
    "LedgerEntry",
    "Measurement",
    "ProgramMoney",
    "Rate",
    "Report",
    "SignOff",
]
