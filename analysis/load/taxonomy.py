"""Load a value taxonomy from a file or from the hub, store it in the library, make it current."""

from dataclasses import replace
from pathlib import Path

from analysis.errors import FaultlineError
from analysis.parse.taxonomy import Taxonomy, read_taxonomy
from analysis.settings import TAXONOMY_REPO, Settings
from analysis.store.library.library import save_taxonomy

TREE_FILE = "values_tree.csv"
HUB_SECONDS = 20.0


def load_taxonomy(
    path: Path | None, settings: Settings, *, endpoint: str | None = None
) -> Taxonomy:
    """One taxonomy, from `path` or else from the public dataset, into the library.

    `endpoint` is the hub to ask, the client's own (`HF_ENDPOINT`) by default. Rows that could
    not be placed are counted by reason in `rejected`.
    Raises FaultlineError where file or hub give nothing usable; the library is unchanged.
    """
    if path is not None:
        taxonomy = read_taxonomy(path)
    else:
        file, revision = _fetch(settings, endpoint)
        name = TAXONOMY_REPO.rsplit("/", 1)[-1]
        taxonomy = replace(read_taxonomy(file, name), source=f"{TAXONOMY_REPO} at {revision[:12]}")
    save_taxonomy(settings, taxonomy)
    return taxonomy


def _fetch(settings: Settings, endpoint: str | None) -> tuple[Path, str]:
    """The tree's file in the hub cache and the revision it is of.

    Asking for the revision first makes an absent hub known at once (the download alone would
    try for half a minute) and pins what is fetched.
    """
    import httpx2
    from huggingface_hub import HfApi, hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    try:
        info = HfApi(endpoint=endpoint).dataset_info(TAXONOMY_REPO, timeout=HUB_SECONDS)
        revision = str(info.sha)
        found = hf_hub_download(
            TAXONOMY_REPO,
            TREE_FILE,
            repo_type="dataset",
            revision=revision,
            cache_dir=settings.hub_cache,
            endpoint=endpoint,
        )
        return Path(str(found)), revision
    except HfHubHTTPError as error:
        raise FaultlineError(_refusal(error.response.status_code)) from None
    except OfflineModeIsEnabled:
        raise FaultlineError(f"The hub client is set to work offline; {_OTHER_WAY}") from None
    except (httpx2.HTTPError, OSError, ValueError, KeyError) as error:
        raise FaultlineError(
            f"The hub could not be reached for {TAXONOMY_REPO} ({type(error).__name__}); check the "
            f"connection and try again, or {_OTHER_WAY}"
        ) from None


_OTHER_WAY = f"load {TREE_FILE} from a file: load taxonomy PATH."


def _refusal(status: int) -> str:
    """What the hub's answer means for a person."""
    if status in (401, 403):
        return (
            f"The hub does not give out {TAXONOMY_REPO} ({status}: not found for this login); "
            f"log in with `hf auth login`, or {_OTHER_WAY}"
        )
    if status == 404:
        return f"The hub has no {TREE_FILE} under {TAXONOMY_REPO} (404); {_OTHER_WAY}"
    if status == 429:
        return f"The hub asks to slow down (429); try again in a few minutes, or {_OTHER_WAY}"
    return f"The hub failed on {TAXONOMY_REPO} ({status}); try again later, or {_OTHER_WAY}"
