"""What models did in the making of a study, in words (`analysis.parse.making.Role`)."""

from collections.abc import Mapping

from analysis.parse.making import Role

DID: Mapping[str, str] = {
    Role.GENERATE: "Wrote the queries",
    Role.RESPOND: "Answered",
    Role.RUBRIC: "Wrote the rubrics",
    Role.SCORE: "Placed the answers",
    Role.LABEL: "Labelled",
    Role.JUDGE: "Judged",
}
"""Role -> the heading of whoever had it."""
DONE_BY: Mapping[str, str] = {
    Role.SCORE: "placed by",
    Role.LABEL: "labelled by",
    Role.RUBRIC: "rubrics by",
}
"""Role -> what stands before whoever has it now; of the roles that no list of a study names."""
