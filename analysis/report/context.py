"""What every section of a report is given."""

from dataclasses import dataclass

from analysis.settings import Settings
from analysis.store.library.library import TaxonomyInfo
from analysis.store.study import OpenStudy


@dataclass(frozen=True)
class Context:
    """An open study, the settings, and the taxonomy that it is read with."""

    study: OpenStudy
    settings: Settings
    taxonomy: TaxonomyInfo
