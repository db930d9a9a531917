"""The Archetypes page: clusters, how stable they are, and another number of them."""


def test_clusters_are_shown_with_what_sets_them_apart(visit):
    visitor = visit("archetypes")
    visitor.wait_for("Dendrogram of models")
    assert "mean silhouette" in visitor.main.lower()
    assert "What sets each cluster apart" in visitor.main
    assert "Flip rate by size and cost of the model" in visitor.main
    assert visitor.problems() == []


def test_the_number_of_clusters_stands_in_the_address(visit):
    visitor = visit("archetypes?kinds=2")
    visitor.wait_for("Dendrogram of models, 2 clusters")
    assert visitor.problems() == []
