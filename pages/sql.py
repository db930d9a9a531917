"""Ask the study directly: one SELECT, read-only, with its result as a table or a figure."""

from pages.parts.sql import console as parts
from pages.ui.frame import page

with page(
    "SQL",
    "Ask the study's tables directly. Read-only: nothing that runs here can change a study.",
) as view:
    parts.editor(view)
    parts.result(view)
    parts.tables()
