"""Reasoning traces: what a model wrote to itself, separated from the answer that follows.

Local servers and older clients leave the trace in the text, between marks that differ by model:
`<think>…</think>` and its like, Kimi's `◁think▷`, Mistral's `[THINK]`, Cohere's
`<|START_THINKING|>`, the channels of gpt-oss. A trace is never labelled, scored or judged. Marks
count where a model puts them: in front of the answer, or at the start of a line outside code. An
answer that only mentions them stays whole.
"""

import re
from dataclasses import dataclass

_STRONG = r"think|thinking|seed:think"
_WEAK = (
    r"thoughts?|reasoning|reason|reflection|analysis|scratchpad|rationale|chain_of_thought|cot"
    r"|(?:inner|internal)_(?:monologue|thoughts?|reasoning)|thought_process|antthinking"
    r"|details(?=\s+type=[\"']?reasoning)"
)
_XML = re.compile(
    rf"(?:<|&lt;)(?P<tag>{_STRONG}|{_WEAK})(?:\s[^<>\n]{{0,80}})?(?:>|&gt;)", re.IGNORECASE
)
_PAIRS = (
    ("◁think▷", "◁/think▷"),
    ("[think]", "[/think]"),
    ("[thinking]", "[/thinking]"),
    ("[reasoning]", "[/reasoning]"),
    ("<|think|>", "<|/think|>"),
    ("<|thinking|>", "<|/thinking|>"),
    ("<|reasoning|>", "<|/reasoning|>"),
    ("```thinking\n", "\n```"),
    ("```think\n", "\n```"),
    ("```reasoning\n", "\n```"),
    ("<unused94>thought", "<unused95>"),
    ("<|start_thinking|>", "<|end_thinking|>"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|channel>thought", "<channel|>"),
)
_CLOSE_ALONE = re.compile(
    r"(?:<|&lt;)/(?:think|thinking|seed:think)(?:>|&gt;)|◁/think▷|\[/THINK\]", re.IGNORECASE
)
_OPENS = re.compile(
    r"^[ \t]*(?:(?:<|&lt;)(?:think|thinking|seed:think)(?:>|&gt;)|◁think▷|\[THINK\])",
    re.IGNORECASE | re.MULTILINE,
)
_WRAPPER = re.compile(
    r"\s*(?:<\|(?:START_RESPONSE|begin_of_solution)\|>(?P<a>.*?)"
    r"(?:<\|(?:END_RESPONSE|end_of_solution)\|>\s*)?"
    r"|<(?P<tag>answer|response|final_answer)>(?P<b>.*?)(?:</(?P=tag)>\s*)?)\Z",
    re.DOTALL | re.IGNORECASE,
)
_CHANNEL = re.compile(
    r"(?:<\|start\|>assistant)?<\|channel\|>\s*(?P<name>\w+)[^<]*<\|message\|>"
    r"(?P<said>.*?)(?P<end><\|(?:end|return|call)\|>|(?=<\|(?:start|channel)\|>)|\Z)",
    re.DOTALL,
)
_CHANNELS_BARE = re.compile(
    r"\s*analysis(?=[A-Z\"'“])(?P<trace>.*?)assistant\s?final(?P<said>(?=\S).*)\Z", re.DOTALL
)
_BEFORE = re.compile(
    r"(?:[\s\u200b\u2060\ufeff]|<\|(?:assistant|im_start\|>assistant"
    r"|start_header_id\|>assistant<\|end_header_id)\|>|<\|im_start\|>assistant)*"
)
"""What may stand in front of a trace: blanks, seen or not, and whom a chat template names."""
MOST_BLOCKS = 200
_LINE = re.compile(r"^[ \t]*(?=<|&lt;|◁|\[)", re.MULTILINE)
_FENCE = re.compile(r"^[ \t]*(```|~~~)", re.MULTILINE)
_HINT = re.compile(
    r"think|thought|reason|reflection|analysis|scratchpad|monologue|rationale|<cot>|<\|channel\|>",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Traced:
    """A text without its traces. `closed` is false where a trace never ends: the answer it was to
    lead to never came, or was cut."""

    text: str
    trace: str = ""
    closed: bool = True


def split(text: str) -> Traced:
    """The answer in `text`, and the trace that stood in or before it."""
    if not _HINT.search(text):
        return Traced(text)
    channels = _channels(text)
    if channels is not None:
        return channels
    traces: list[str] = []
    rest, closed = _leading(text, traces)
    if closed:
        rest, closed = _inside(rest, traces)
    trace = "\n\n".join(t.strip() for t in traces if t.strip())
    if not traces:
        return Traced(text, closed=closed)
    return Traced(_unwrapped(rest).strip() if closed else rest.strip(), trace, closed)


def _leading(text: str, traces: list[str]) -> tuple[str, bool]:
    """Blocks in front of the answer; one that was opened in the prompt has its end here alone."""
    rest = text
    while len(traces) < MOST_BLOCKS and (opened := _opening(rest, _start(rest))):
        start, close, _ = opened
        end = _closing(rest, start, close)
        if end is None:
            traces.append(rest[start:])
            return "", False
        traces.append(rest[start : end[0]])
        rest = rest[end[1] :]
    alone = None if _OPENS.search(rest) else _alone(rest)
    if alone is not None:
        traces.append(rest[: alone[0]])
        rest = rest[alone[1] :]
    return rest, True


def _start(text: str) -> int:
    before = _BEFORE.match(text)
    return before.end() if before else 0


def _inside(text: str, traces: list[str]) -> tuple[str, bool]:
    """Blocks that begin a line further down, as models that think between steps write them."""
    kept: list[str] = []
    at = seen = 0
    for line in _LINE.finditer(text):
        opened = _opening(text, line.end()) if line.start() >= at else None
        seen += opened is not None
        if opened is None or seen > MOST_BLOCKS or _in_code(text, line.start()):
            continue
        start, close, strong = opened
        end = _closing(text, start, close)
        if end is None and not strong:
            continue
        kept.append(text[at : line.start()])
        traces.append(text[start : end[0] if end else len(text)])
        if end is None:
            return "".join(kept), False
        at = end[1]
    return "".join([*kept, text[at:]]), True


def _opening(text: str, at: int) -> tuple[int, re.Pattern[str], bool] | None:
    """Where the trace that opens at `at` begins, the mark that ends it, and whether that mark
    stands for nothing but a trace."""
    if match := _XML.match(text, at):
        strong = re.fullmatch(_STRONG, match["tag"], re.IGNORECASE) is not None
        tag = _STRONG if strong else re.escape(match["tag"])
        close = re.compile(rf"(?:<|&lt;)/(?:{tag})(?:>|&gt;)", re.IGNORECASE)
        return match.end(), close, strong
    for start, end in _PAIRS:
        if text[at : at + len(start)].lower() == start:
            return at + len(start), re.compile(re.escape(end), re.IGNORECASE), True
    return None


def _closing(text: str, start: int, close: re.Pattern[str]) -> tuple[int, int] | None:
    found = close.search(text, start)
    return found.span() if found else None


def _alone(text: str) -> tuple[int, int] | None:
    """An end without a beginning: chat templates put the beginning into the prompt."""
    for match in reversed(list(_CLOSE_ALONE.finditer(text))[-MOST_BLOCKS:]):
        before, after = text[: match.start()].rstrip(" \t"), text[match.end() :]
        if before.endswith(("`", '"', "'", "“", "‘")) or _in_code(text, match.start()):
            continue
        if not before or not after.strip() or re.match(r"[ \t]*\r?\n", after):
            return match.span()
        if after[0].isalnum() and before[-1] in ".!?\n":
            return match.span()
    return None


def _in_code(text: str, at: int) -> bool:
    return len(_FENCE.findall(text[:at])) % 2 == 1


def _channels(text: str) -> Traced | None:
    """gpt-oss: the channel `final` is the answer, any other is not; also without its marks."""
    if "<|channel|>" in text:
        said = list(_CHANNEL.finditer(text))
        if said and not text[: said[0].start()].strip():
            final = [m["said"] for m in said if m["name"] == "final"]
            rest = [m["said"].strip() for m in said if m["name"] != "final"]
            answer = "\n\n".join(part.strip() for part in final).strip()
            return Traced(answer, "\n\n".join(rest), closed=bool(final))
    if bare := _CHANNELS_BARE.match(text):
        return Traced(bare["said"].strip(), bare["trace"].strip())
    return None


def _unwrapped(text: str) -> str:
    match = _WRAPPER.match(text)
    if match is None:
        return text
    return match["a"] if match["a"] is not None else match["b"]
