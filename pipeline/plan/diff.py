"""What differs between two plans, field by field, for "run again with changes"."""

from typing import Any

from pipeline.plan.plan import Plan


def plan_diff(old: Plan, new: Plan) -> list[tuple[str, Any, Any]]:
    """(field, old value, new value) of every leaf that differs; None for a field one lacks."""
    before, after = _leaves(old.model_dump(mode="json")), _leaves(new.model_dump(mode="json"))
    names = [*before, *(name for name in after if name not in before)]
    pairs = ((name, before.get(name), after.get(name)) for name in names)
    return [pair for pair in pairs if pair[1] != pair[2]]


def _leaves(value: Any, name: str = "") -> dict[str, Any]:
    """Dotted name -> leaf. A list is one leaf: its order is part of what it says."""
    if not isinstance(value, dict):
        return {name: value}
    found: dict[str, Any] = {}
    for key, part in value.items():
        found |= _leaves(part, f"{name}.{key}" if name else key)
    return found
