"""How the id of a perturbed query is read in SQL: its parent's id with `~kind` behind.

`12_579_value1~tone` is `12_579_value1` in another tone. A build gives such ids (`build/stage.py`).
"""

_KIND = "[a-z_]+"


def is_variant(column: str = "scenario") -> str:
    """SQL: whether a scenario is a perturbed one."""
    return f"(contains({column}, '~') AND regexp_matches({column}, '~{_KIND}$'))"


def kind_of(column: str) -> str:
    """SQL: the kind of perturbation, '' for a query that is none."""
    return f"regexp_extract({column}, '~({_KIND})$', 1)"


def parent_of(column: str) -> str:
    """SQL: the id of the query that a variant came from; a query's own id where it is none."""
    return f"regexp_replace({column}, '~{_KIND}$', '')"
