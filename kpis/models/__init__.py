from kpis.models.kpi import Kpi

__all__ = ["Kpi"]
