"""Every SELECT over a study: one named function a question, one module a noun.

Each takes an `OpenStudy`, uses a cursor of its own, binds values, and returns a DataFrame, a
number or a small record. Queries return counts and sums; `analysis.measure` makes them estimates.
"""
