"""The options of `python -m pipeline plan`, each with its help."""

from pathlib import Path
from typing import Annotated

import typer

from analysis.vocabulary import D_RANGE_IN_WORDS, PERTURBATIONS
from pipeline.select.search import (
    LEAST_ROUNDS,
    LEAST_SHARE,
    MOST_ROUNDS,
    MOST_SHARE,
    ROUNDS,
    UNIFORM_SHARE,
)

# ---- What is made, and who has which part --------------------------------------------------------

Template = Annotated[
    str | None,
    typer.Option(help="smoke, clause-pair, re-judge, full, draft-criteria, repair, criteria"),
]
Families = Annotated[int | None, typer.Option(help="How many value pairs.")]
Models = Annotated[str | None, typer.Option(help="Models that answer, by comma.")]
Judges = Annotated[str | None, typer.Option(help="Models that judge, by comma.")]
Writers = Annotated[
    str | None,
    typer.Option("--writers", "--generators", help="1 to 3 models that write the queries."),
]
RubricWriter = Annotated[str | None, typer.Option(help="The model that writes the rubrics.")]
Scorer = Annotated[str | None, typer.Option(help="The model that places the answers.")]
Labeller = Annotated[str | None, typer.Option(help="The model that labels the answers.")]
Rewriter = Annotated[str | None, typer.Option(help="The model that rewords queries (--variants).")]
Drafter = Annotated[str | None, typer.Option(help="The model that drafts criteria.")]
Grader = Annotated[str | None, typer.Option(help="The model that grades by criteria.")]
Repair = Annotated[str, typer.Option(help="Propose repairs of this clause.")]
Arguments = Annotated[Path | None, typer.Option(help="What judges argued over it: a text file.")]
Repairer = Annotated[str | None, typer.Option(help="The model that proposes repairs.")]
SecondScorer = Annotated[
    str | None,
    typer.Option(help="The model that places answers a second time, for the noise sample."),
]

# ---- What is read --------------------------------------------------------------------------------

Spec = Annotated[Path | None, typer.Option(help="A spec file.")]
Taxonomy = Annotated[Path | None, typer.Option(help="A taxonomy file.")]
Clauses = Annotated[str | None, typer.Option(help="Two anchors to set apart.")]
Criteria = Annotated[
    Path | None, typer.Option(help="A file of criteria: models answer their queries.")
]
Draft = Annotated[
    str | None, typer.Option("--draft", help="Draft criteria for these clauses, by comma.")
]
Each = Annotated[
    int | None, typer.Option(min=1, max=20, help="Queries of each kind, when drafting.")
]
Pairs = Annotated[Path | None, typer.Option(help="Own value pairs: a CSV file, two values a line.")]
Categories = Annotated[str | None, typer.Option(help="Draw pairs from these categories, by comma.")]
Trial = Annotated[
    Path | None,
    typer.Option(help="A trial's file, as `python -m analysis trial plan` makes it."),
]
Snapshot = Annotated[Path | None, typer.Option("--from", help="A study's snapshot.")]
Search = Annotated[
    bool,
    typer.Option("--search", help="Draw pairs in rounds, where models turn out to disagree."),
]
Rounds = Annotated[
    int | None,
    typer.Option(
        min=LEAST_ROUNDS, max=MOST_ROUNDS, help=f"Rounds of the search, {ROUNDS} by default."
    ),
]
UniformShare = Annotated[
    float | None,
    typer.Option(
        help=f"Share drawn without search, for every rate: {LEAST_SHARE} to {MOST_SHARE}, "
        f"by default {UNIFORM_SHARE}"
    ),
]

# ---- How it is asked, chosen and paid ------------------------------------------------------------

MinDisagreement = Annotated[
    float | None,
    typer.Option(help=f"Judge only queries with at least this D ({D_RANGE_IN_WORDS})."),
]
AnswerTokens = Annotated[int | None, typer.Option(help="The most tokens of an answer.")]
Stages = Annotated[str | None, typer.Option(help="Stages, by comma.")]
Variants = Annotated[
    str | None,
    typer.Option(help=f"Asked again so: {', '.join(PERTURBATIONS)}."),
]
Replicates = Annotated[int, typer.Option(help="Answers of a model to each query.")]
Noise = Annotated[
    int | None,
    typer.Option(min=0, help="Families repeated to learn the noise in D; 0 for none."),
]
Embedder = Annotated[
    str | None, typer.Option(help="For selection: tfidf, minilm, or a model for vectors.")
]
Distance = Annotated[
    float | None, typer.Option(help="Queries nearer than this count as one (0 to 2).")
]
Batch = Annotated[str | None, typer.Option(help="Stages sent as batches, by comma.")]
Budget = Annotated[float | None, typer.Option(help="The most it may cost, in dollars.")]
Seed = Annotated[int, typer.Option(help="Same plan and seed, same content.")]
Title = Annotated[str, typer.Option(help="A name for people.")]
Out = Annotated[Path, typer.Option(help="Where to write the plan.")]
