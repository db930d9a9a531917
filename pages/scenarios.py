"""The queries: filter, sort, page, and read one with its answers side by side."""

from pages.parts.scenarios import scenario_table
from pages.parts.scenarios.reader import reader
from pages.ui import address, filters
from pages.ui.frame import page

with page("Scenarios") as view:
    scenario = address.get("scenario")
    chosen = filters.choose(view, folded=bool(scenario))
    if not (scenario and reader.show(view, chosen, scenario)):
        scenario_table.show(view, chosen)
