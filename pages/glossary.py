"""Every term and measure: what it means, its formula, its source, and where it is shown."""

from pages.parts.glossary import sections as parts
from pages.ui.frame import page

with page("Glossary", needs_study=False) as view:
    parts.listed(view, parts.search())
