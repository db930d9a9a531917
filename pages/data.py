"""Sources into studies."""

from pages.ui.frame import page

with page(
    "Data",
    "Load sources into studies, follow the progress, switch, inspect and delete.",
    needs_study=False,
) as view:
    pass
