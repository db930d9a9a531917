"""The Map page: an offer where there is none, and neighbours of a query in the reader."""


def test_a_study_without_a_map_offers_to_draw_one(visit):
    visitor = visit("map")
    assert "No map of this study yet" in visitor.main
    assert visitor.page.get_by_role("button", name="Draw the map").is_visible()
    assert visitor.problems() == []


def test_queries_in_like_words_stand_in_the_reader(visit):
    visitor = visit("scenarios")
    visitor.page.locator("[data-testid=stDataFrame] .dvn-scroller").first.click(
        position={"x": 300, "y": 52}
    )
    visitor.wait_for("Where each model stands")
    before = visitor.address
    visitor.page.get_by_text("Similar queries").click()
    visitor.wait_for("Cosine similarity")
    visitor.page.locator('[class*="st-key-alike-"] button').first.click()
    visitor.idle()
    assert visitor.address != before
    assert visitor.problems() == []


def test_a_picked_selection_filters_and_can_be_let_go(visit, server):
    from analysis.settings import Settings
    from analysis.store import selections
    from analysis.store.study import open_study

    settings = Settings(home=server.home)
    study = open_study(settings, "example")
    with study.cursor() as con:
        ids = [r[0] for r in con.execute("SELECT scenario FROM scenarios LIMIT 3").fetchall()]
    study.close()
    visitor = visit(f"scenarios?picked={selections.keep(settings, ids)}")
    assert "Showing only the 3 scenarios picked on the map" in visitor.main
    visitor.page.get_by_role("button", name="Show all").click()
    visitor.wait_for("720 scenarios")
    gone = visit("scenarios?picked=000000000000")
    assert "not on this machine" in " ".join(gone.problems())
