"""Texts into vectors without a model: TF-IDF, brought down by an SVD."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

DIMENSIONS = 256
FEW = 400


def tfidf(texts: Sequence[str], dimensions: int = DIMENSIONS) -> npt.NDArray[np.floating]:
    """TF-IDF of words and word pairs; of many texts brought down to `dimensions` by an SVD.

    One row a text, the same texts the same rows. Few texts keep all their dimensions: equal
    singular values would leave the SVD's axes to chance. Texts without a word give zeros.
    """
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    vectorizer = TfidfVectorizer(
        sublinear_tf=True, ngram_range=(1, 2), token_pattern=r"(?u)\w+", max_features=200_000
    )
    try:
        matrix = vectorizer.fit_transform(texts)
    except ValueError:  # not one word in all the texts
        return np.zeros((len(texts), 1), dtype=np.float32)
    if len(texts) <= FEW:
        whole: npt.NDArray[np.floating] = matrix.toarray()
        return whole
    svd = TruncatedSVD(
        min(dimensions, matrix.shape[1]), algorithm="randomized", n_iter=5, random_state=0
    )
    with threadpool_limits(1):  # several threads would sum in another order each time
        reduced: npt.NDArray[np.floating] = svd.fit_transform(matrix)
    return reduced


def unit(vectors: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    """Rows of length 1 (zeros stay zeros), so that a dot product is the cosine."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def telling_terms(texts: Sequence[str], groups: Sequence[int], count: int = 3) -> dict[int, str]:
    """The words that tell each group of texts from the others: those whose mean TF-IDF inside
    lies furthest above that outside, joined by commas."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(
        sublinear_tf=True, stop_words="english", min_df=2, max_features=20_000
    )
    try:
        matrix = vectorizer.fit_transform(texts)
    except ValueError:
        return {}
    names = vectorizer.get_feature_names_out()
    labels = np.asarray(groups)
    total, found = np.asarray(matrix.sum(axis=0)).ravel(), {}
    for group in sorted(set(groups)):
        mine = labels == group
        inside = np.asarray(matrix[mine].sum(axis=0)).ravel()
        outside = (total - inside) / max(int((~mine).sum()), 1)
        best = np.argsort(outside - inside / mine.sum())[:count]
        found[int(group)] = ", ".join(str(names[i]) for i in best)
    return found
