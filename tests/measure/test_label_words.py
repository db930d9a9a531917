"""The words that decided a label, by whoever can say so."""

from analysis.measure import label_classifier, label_rules, label_words

REFUSAL = "I'm sorry, but I can't help with that request, because it could hurt somebody."


def test_labellers_that_can_say_why_do() -> None:
    reason, words = label_words.of_type(label_rules.SOURCE, REFUSAL)
    assert reason
    assert words
    assert words[0] in REFUSAL.lower()
    reason, words = label_words.of_type(label_classifier.SOURCE, REFUSAL)
    assert (reason, 1 <= len(words) <= 3) == ("", True)
    topics = label_words.of_topics(label_rules.SOURCE, "How do bacteria grow in a petri dish?")
    assert all(words for words in topics.values())


def test_others_say_nothing() -> None:
    for source in ("people", "gpt_4o", "Ann's labels"):
        assert label_words.of_type(source, REFUSAL) == ("", ())
        assert label_words.of_topics(source, "bacteria") == {}
    assert label_words.of_type(label_rules.SOURCE, "  ") == ("", ())
