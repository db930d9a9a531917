"""The Archetypes page: kinds, how stable they are, and another number of them."""


def test_kinds_are_shown_with_what_sets_them_apart(visit):
    visitor = visit("archetypes")
    visitor.wait_for("Who is like whom")
    assert "mean silhouette" in visitor.main
    assert "What sets each kind apart" in visitor.main
    assert "Are larger models more consistent?" in visitor.main
    assert visitor.problems() == []


def test_the_number_of_kinds_stands_in_the_address(visit):
    visitor = visit("archetypes?kinds=2")
    visitor.wait_for("2 kinds among 12 models")
    assert visitor.problems() == []
