"""A report's records as Markdown: headings, lists and tables, nothing that a viewer runs."""

from typing import Any

from analysis.text_safety import literal


def to_markdown(report: dict[str, Any]) -> str:
    """The whole report as one Markdown text."""
    title = literal(report["study"]["title"])
    parts = [f"# {title}"]
    if report["study"]["simulated"]:
        parts.append("**Simulated data:** every model and answer here is made up.")
    for name, section in report.items():
        parts.append(f"## {name.capitalize()}")
        parts.append("\n".join(_lines(section)))
    return "\n\n".join(parts) + "\n"


def _lines(value: Any, depth: int = 0) -> list[str]:
    pad = "  " * depth
    if isinstance(value, dict):
        if "undefined" in value:
            return [f"{pad}- undefined, {literal(value['undefined'])}"]
        if {"value", "low", "high", "n"} <= set(value):
            return [f"{pad}- {_estimate(value)}"]
        lines: list[str] = []
        for key, item in value.items():
            lines += _entry(pad, literal(str(key)), item, depth)
        return lines or [f"{pad}- none"]
    if isinstance(value, list):
        return [line for item in value for line in _lines(item, depth)] or [f"{pad}- none"]
    return [f"{pad}- {_scalar(value)}"]


def _entry(pad: str, key: str, item: Any, depth: int) -> list[str]:
    if isinstance(item, dict) and {"value", "low", "high", "n"} <= set(item):
        return [f"{pad}- {key}: {_estimate(item)}"]
    if isinstance(item, list) and all(not isinstance(i, dict | list) for i in item):
        return [f"{pad}- {key}: {', '.join(_scalar(i) for i in item) or 'none'}"]
    if isinstance(item, dict | list):
        return [f"{pad}- {key}", *_lines(item, depth + 1)]
    return [f"{pad}- {key}: {_scalar(item)}"]


def _estimate(value: dict[str, Any]) -> str:
    return f"{value['value']} ({value['low']} to {value['high']}, n = {value['n']:,})"


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return "none" if value is None else literal(str(value))
