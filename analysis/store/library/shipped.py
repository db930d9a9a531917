"""The embedded spec and taxonomy as rows, which ship beside their files: using them writes nothing.

After a change of `analysis/embedded/spec.md` or `taxonomy.csv`:

    python -m analysis.store.library.shipped

`tests/store/library/test_shipped.py` fails while the rows say something else than the files.
"""

import pyarrow as pa
import pyarrow.parquet as pq

from analysis.settings import EMBEDDED
from analysis.store.library import specs, taxonomies
from analysis.whole_files import replacing


def tables() -> dict[str, pa.Table]:
    """File name -> its rows, read anew from the spec and the taxonomy."""
    return {
        "spec.parquet": specs.table(specs.shipped_spec()),
        "taxonomy.parquet": taxonomies.table(taxonomies.shipped_taxonomy()),
    }


def main() -> None:
    """Write both beside the files that they come from."""
    for name, rows in tables().items():
        with replacing(EMBEDDED / name) as aside:
            pq.write_table(rows, aside)


if __name__ == "__main__":
    main()
