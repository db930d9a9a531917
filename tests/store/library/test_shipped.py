"""What ships with the program is used where nothing can be written, and says what its files say."""

import pyarrow.parquet as pq
import pytest

from analysis.settings import EMBEDDED
from analysis.store.library import library, shipped


@pytest.mark.parametrize("name", sorted(shipped.tables()))
def test_the_rows_are_those_of_the_files_beside_them(name):
    assert pq.read_table(EMBEDDED / name).equals(shipped.tables()[name]), (
        "run python -m analysis.store.library.shipped"
    )


def test_using_them_writes_nothing(settings):
    spec, taxonomy = library.current_spec(settings), library.current_taxonomy(settings)
    assert len(library.read_clauses(settings)) == spec.clauses
    assert len(library.read_taxonomy(settings)) == taxonomy.values
    assert library.read_spec(settings).content_hash == spec.content_hash
    assert [s.label for s in library.list_specs(settings)] == [spec.label]
    assert [t.name for t in library.list_taxonomies(settings)] == [taxonomy.name]
    library.spec_file(settings, spec)
    library.taxonomy_file(settings, taxonomy)
    assert not settings.home.exists()
