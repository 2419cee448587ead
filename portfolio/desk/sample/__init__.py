"""The sample portfolio: 45 invented pilots of an invented insurer, in a program of their own.

33 of them entered piloting 24 to 9 months before the day of loading; 4 of those reached production
(12.1 %, requirements 5.1). It leaves every total once a real pilot exists.
"""

from portfolio.desk.sample.access import may_clear, may_load
from portfolio.desk.sample.clear import Cleared, clear_sample, sample_program
from portfolio.desk.sample.load import STORIES, load_sample
from portfolio.desk.sample.logins import demo_logins, offer

__all__ = [
    "STORIES",
    "Cleared",
    "clear_sample",
    "demo_logins",
    "load_sample",
    "may_clear",
    "may_load",
    "offer",
    "sample_program",
]
