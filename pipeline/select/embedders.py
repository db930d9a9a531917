"""Which embedders there are on this machine; any other is a model behind an endpoint.

Apart from `embed`, which needs numpy: plans and pages ask only for the names.
"""

LOCAL_EMBEDDERS = ("tfidf", "minilm")
TOGETHER = 128  # texts in one call for vectors
