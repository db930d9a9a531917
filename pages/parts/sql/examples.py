"""Queries to start from: each runs on any study and shows one thing that tables can say."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Example:
    """A question and its SQL."""

    title: str
    sql: str


EXAMPLES = (
    Example(
        "Mean position and spread per model",
        """SELECT m.provider, m.label, count(*) AS answers,
       round(avg(r.value1_position), 2) AS value1_mean,
       round(stddev_pop(r.value1_position), 2) AS value1_spread
FROM responses r JOIN models m USING (model)
GROUP BY ALL ORDER BY 1, 2""",
    ),
    Example(
        "How many scenarios at each disagreement",
        """SELECT bin, min(d) AS lowest, max(d) AS highest, count(*) AS scenarios
FROM disagreement WHERE model_set = 'all'
GROUP BY 1 ORDER BY 1""",
    ),
    Example(
        "Value pairs with the most disagreement",
        """SELECT s.value1, s.value2, count(*) AS scenarios, round(avg(d.d), 2) AS mean_d
FROM scenarios s JOIN disagreement d USING (scenario_no)
WHERE d.model_set = 'all'
GROUP BY ALL ORDER BY mean_d DESC LIMIT 50""",
    ),
    Example(
        "Disagreement by nudge",
        """SELECT s.nudge, count(*) AS scenarios, round(avg(d.d), 3) AS mean_d
FROM scenarios s JOIN disagreement d USING (scenario_no)
WHERE d.model_set = 'all'
GROUP BY 1 ORDER BY 1""",
    ),
    Example(
        "Two models side by side, where they lie furthest apart",
        """WITH two AS (SELECT model FROM models ORDER BY sort LIMIT 2)
SELECT s.scenario, s.value1, a.model AS one, a.value1_position AS its_position,
       b.model AS other, b.value1_position AS its_position
FROM responses a JOIN responses b USING (scenario_no, replicate)
JOIN scenarios s USING (scenario_no)
WHERE a.model = (SELECT min(model) FROM two) AND b.model = (SELECT max(model) FROM two)
ORDER BY abs(a.value1_position::INTEGER - b.value1_position) DESC NULLS LAST LIMIT 100""",
    ),
    Example(
        "Response types per model and labeller",
        """SELECT source, model, response_type, count(*) AS answers
FROM response_types GROUP BY ALL ORDER BY 1, 2, 4 DESC""",
    ),
    Example(
        "Disagreement by category of values",
        """SELECT t.category, count(*) AS scenarios, round(avg(d.d), 3) AS mean_d
FROM scenarios s JOIN taxonomy t ON t.value = s.value1
JOIN disagreement d USING (scenario_no)
WHERE d.model_set = 'all'
GROUP BY 1 ORDER BY mean_d DESC""",
    ),
    Example(
        "What each judge decided",
        """SELECT judge, decision, count(*) AS decisions
FROM judgements GROUP BY ALL ORDER BY 1, 3 DESC""",
    ),
)
