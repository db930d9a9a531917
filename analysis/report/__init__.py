"""The report of a study: every section by name, as JSON-ready records or as Markdown.

A section is a module with `section(context)`. What can't be computed is
`{"undefined": "because ..."}`, never missing and never nought.
"""

from analysis.report.compose import report
from analysis.report.context import Context
from analysis.report.markdown import to_markdown

__all__ = ["Context", "report", "to_markdown"]
