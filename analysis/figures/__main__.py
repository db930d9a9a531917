"""`python -m analysis.figures` prints the data dictionary."""

from analysis.figures.dictionary import markdown

print(markdown(), end="")
