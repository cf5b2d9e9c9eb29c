"""kbis: kernel bisection kept as signed facts in git notes."""

__version__ = "0.1.0"
