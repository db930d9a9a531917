"""Judges and Compliance in a real browser: numbers first, and a disputed answer to read."""


def test_judges_say_how_far_they_agree_and_what_they_argue(visit):
    visitor = visit("judges")
    assert "3 judges (Hazel, Larch, Rowan) give the same verdict on" in visitor.main
    assert "Pair by pair" in visitor.main
    visitor.page.get_by_role("link", name="Read the answer").click()
    visitor.wait_for("Where each model stands")
    assert "scenario=" in visitor.address
    assert visitor.problems() == []
    assert visitor.foreign == []


def test_compliance_says_whether_disagreement_foretells_it(visit):
    visitor = visit("compliance")
    assert "holds here: AUC" in visitor.main
    assert "How far D tells where to look" in visitor.main
    assert visitor.problems() == []
