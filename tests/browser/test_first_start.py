"""A fresh server with an empty home, whose very first request is a link deep into the program."""


def test_the_first_visit_of_all_may_be_a_deep_link(visit, server, tmp_path):
    fresh = type(server)(tmp_path / "home", tmp_path / "server.log").start()
    try:
        visitor = visit("scenarios?nudge=neutral&scenario=0_0_neutral", base=fresh.url)
        visitor.wait_for("Where each model stands")
        assert visitor.problems() == []
        assert visitor.errors == []
        nav = visitor.page.locator("[data-testid=stSidebarNav]").inner_text()
        assert "Explore" in nav
        assert "app" not in nav.split()
        assert "study=example" in visitor.address
        visitor.page.keyboard.press("l")
        visitor.wait_for("Rows 1 to 100 of 240")
    finally:
        fresh.stop()
    assert (fresh.home / "studies" / "example" / "current.json").exists()
    assert not (fresh.home / "example").exists()
    assert "Traceback" not in fresh.log.read_text(encoding="utf-8")
