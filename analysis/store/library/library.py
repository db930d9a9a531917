"""The library: value taxonomies and specs, shared by all studies and joined when read.

What was loaded last is current and takes the place of the one before; all stay listed. With
nothing loaded, the ones that ship with the program are current, under the name `embedded`.
This is the one door: the records come from `analysis.parse`, the two catalogs from beside it.
"""

from analysis.parse.specs.clause import Clause, Spec
from analysis.parse.taxonomy import Taxonomy, Value
from analysis.store.library.file_catalog import EMBEDDED_NAME
from analysis.store.library.specs import (
    SpecInfo,
    current_spec,
    delete_spec,
    find_spec,
    list_specs,
    read_clauses,
    read_spec,
    save_spec,
    spec_file,
    use_spec,
)
from analysis.store.library.taxonomies import (
    TaxonomyInfo,
    current_taxonomy,
    delete_taxonomy,
    find_taxonomy,
    list_taxonomies,
    read_taxonomy,
    save_taxonomy,
    taxonomy_file,
    use_taxonomy,
)

__all__ = [
    "EMBEDDED_NAME",
    "Clause",
    "Spec",
    "SpecInfo",
    "Taxonomy",
    "TaxonomyInfo",
    "Value",
    "current_spec",
    "current_taxonomy",
    "delete_spec",
    "delete_taxonomy",
    "find_spec",
    "find_taxonomy",
    "list_specs",
    "list_taxonomies",
    "read_clauses",
    "read_spec",
    "read_taxonomy",
    "save_spec",
    "save_taxonomy",
    "spec_file",
    "taxonomy_file",
    "use_spec",
    "use_taxonomy",
]
