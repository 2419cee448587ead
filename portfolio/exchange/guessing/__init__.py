"""Guesses how a file nobody here has seen is to be read: what it proposes, a person corrects."""

from portfolio.exchange.guessing.profiles import Cell, ColumnProfile
from portfolio.exchange.guessing.propose import propose
from portfolio.exchange.guessing.shapes import Certainty, Doubt, GuessedColumn, Proposal
from portfolio.exchange.guessing.sheets import profile

__all__ = ["Cell", "Certainty", "ColumnProfile", "Doubt", "GuessedColumn", "Proposal", "profile", "propose"]
