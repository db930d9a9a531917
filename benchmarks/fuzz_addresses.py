"""A thousand hostile addresses to every page of the real server.

    python benchmarks/fuzz_addresses.py [--small] [--count 1000] [--seed 0]

Each address is a page with up to six parameters: names that any page reads (found in the source
and in what widgets say), other pages' names, names that nobody reads; values that a page put into
its address or that a widget offers, the same broken in one place, or strings that have broken
parsers before (numbers without end, separators, markup, SQL, paths, letters that turn the text
around, bytes that are no text, 20,000 letters); and some parameters twice. Four addresses after
each other share a session, as clicks on links do. Goals: no exception in any page and no traceback
in the log; no page that stays without an end; not one file in the home made, changed or removed.
"""

import argparse
import ast
import collections
import hashlib
import random
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, quote, quote_plus

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from analysis.settings import Settings
from benchmarks import pairs
from benchmarks.browsing import server
from pages.ui import example

ROOT = Path(__file__).resolve().parents[1]
WENT_WRONG = "Something went wrong here"
BOXES = (":material/error:", ":material/inbox:")
"""How a page's box begins that says what is wrong, or why nothing is here."""
PATIENCE = 300
SMALL = 40
HOSTILE = [
    "",
    " ",
    "0",
    "-1",
    "-0",
    "1e309",
    "NaN",
    "inf",
    "-inf",
    "9" * 400,
    "1.5.2",
    "١٢٣",
    "0x10",
    "1_000",
    "None",
    "null",
    "true",
    "[]",
    "{}",
    "[[[[",
    '{"a":',
    "a,b,,c,",
    ",,,",
    "-",
    "1-2-3",
    "0.5-",
    "9-1",
    "../../etc/passwd",
    "/dev/zero",
    "C:\\con",
    "file:///etc/passwd",
    "data:text/html,x",
    "https://x.example",
    "' OR 1=1 --",
    "'); DROP TABLE scenarios; --",
    "SELECT * FROM responses",
    "%",
    "_",
    "%s",
    "{0}",
    "${x}",
    "<script>alert(1)</script>",
    "<b>",
    "&lt;",
    "![x](https://x.example/a.png)",
    "[x](javascript:1)",
    "$x^2$",
    ":material/home:",
    ":red[x]",
    "`",
    "|",
    "#",
    "\\",
    "\n",
    "\r\n",
    "\t",
    "\0",
    "\x1b[2J",
    "\x7f",
    "\u202eabc",
    "\u2066abc",
    "\ufeff",
    "\u200b",
    "e\u0301",
    "\U0001f9e8",
    "\ud7ff",
    "\uffff",
    "\U0010ffff",
    "A" * 20_000,
    "é" * 5_000,
    "a b " * 3_000,
    "(" * 2_000,
    "*" * 500,
    "[" * 500,
]
NO_TEXT = ["%ff%fe", "%ed%a0%80", "%c0%af", "%f8%88%80%80%80", "%", "%zz", "%u0041", "+%00+"]
"""Already in the form of an address: bytes that are no UTF-8, and broken escapes."""


def parameter_names() -> list[str]:
    """What pages read from the address: names handed to `url`, and keys of bound widgets."""
    found = {"embed", "embed_options", "_page", "study", "made_up", "__proto__", "é", "a[]", ""}
    for path in sorted((ROOT / "pages").rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call):
                found |= {text for text in _named(call) if text.isprintable() and len(text) < 40}
    return sorted(found)


def _named(call: ast.Call) -> set[str]:
    """String constants that this call may read as a parameter's name."""
    keywords = {k.arg: k.value for k in call.keywords}
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    of_url = isinstance(owner, ast.Name) and owner.id == "url"
    bound = isinstance(keywords.get("bind"), ast.Constant)
    read = [*(call.args[:1] if of_url else []), *([keywords["key"]] if bound else [])]
    return {n.value for n in read if isinstance(n, ast.Constant) and isinstance(n.value, str)}


@dataclass
class Address:
    page: str
    query: str


@dataclass
class Maker:
    """Makes addresses; learns what pages put into theirs."""

    dice: random.Random
    names: list[str]
    good: dict[str, list[str]] = field(default_factory=lambda: collections.defaultdict(list))

    def learn(self, query: str) -> None:
        for name, value in parse_qsl(query):
            self.know(name, value)

    def know(self, name: str, *values: str) -> None:
        """A parameter that a page reads, and values that it takes."""
        if name not in self.names:
            self.names.append(name)
        self.good[name] += [v for v in values[:20] if v not in self.good[name]]

    def look(self, drawn) -> None:
        """A widget or block as the page sends it: bound ones name their parameter."""
        kind = drawn.WhichOneof("type")
        part = getattr(drawn, kind) if kind else None
        name = getattr(part, "query_param_key", "")
        if name:
            options = [o for o in getattr(part, "options", []) if isinstance(o, str)]
            self.know(name, *options)

    def address(self, pages: list[str]) -> Address:
        count = self.dice.choice((1, 1, 2, 3, 4, 6))
        named = [self.dice.choice(self.names) for _ in range(count)]
        named += [named[0]] if self.dice.random() < 0.15 else []  # the same one twice
        parts = [f"{quote_plus(name)}={self.value(name)}" for name in named]
        return Address(self.dice.choice(pages), "&".join(parts))

    def value(self, name: str) -> str:
        """A value, quoted as an address has it."""
        kind = self.dice.random()
        if kind < 0.1:
            return self.dice.choice(NO_TEXT)
        known = self.good.get(name) or [v for values in self.good.values() for v in values]
        if kind < 0.3 and known:
            return quote_plus(self.dice.choice(known))
        if kind < 0.6 and known:
            return quote_plus(self.broken(self.dice.choice(known)))
        return quote(self.dice.choice(HOSTILE), safe="")

    def broken(self, text: str) -> str:
        """A good value with one thing wrong."""
        at = self.dice.randint(0, len(text))
        odd = self.dice.choice(HOSTILE)
        return self.dice.choice(
            [
                text[:at],
                text[:at] + odd + text[at:],
                text * 2,
                text.swapcase(),
                f" {text} ",
                text[::-1],
                f"{text},{odd}",
                f"-{text}",
                text.replace("_", "-"),
                odd + text,
            ]
        )


@dataclass
class Visit:
    """A session as a tab holds it: sends addresses, collects what came of them."""

    base: str
    hashes: dict[str, str]
    maker: Maker
    counts: collections.Counter[str]
    problems: list[str]

    def ask(self, line, address: Address) -> None:
        message = BackMsg()
        message.rerun_script.query_string = address.query
        message.rerun_script.page_script_hash = self.hashes.get(address.page, "")
        line.send(message.SerializeToString())
        said: set[str] = set()
        while not self.heard(ForwardMsg.FromString(line.recv(timeout=PATIENCE)), address, said):
            pass
        self.counts["asked"] += 1
        if self.counts["asked"] % 100 == 0:
            print(
                f"{self.counts['asked']} asked, {len(self.problems)} wrong",
                file=sys.stderr,
                flush=True,
            )
        self.counts["told"] += bool(said)

    def heard(self, message: ForwardMsg, address: Address, said: set[str]) -> bool:
        kind = message.WhichOneof("type")
        where = f"{address.page}?{address.query[:300]}"
        if kind == "navigation":
            self.hashes |= {
                p.url_pathname or "overview": p.page_script_hash
                for p in message.navigation.app_pages
            }
        elif kind == "page_info_changed":
            self.maker.learn(message.page_info_changed.query_string)
        elif kind == "delta" and message.delta.WhichOneof("type") == "add_block":
            self.maker.look(message.delta.add_block)
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            element = message.delta.new_element
            self.maker.look(element)
            body = element.markdown.body + element.alert.body
            if element.WhichOneof("type") == "exception":
                self.problems.append(f"{where}: {element.exception.message}"[:500])
            elif WENT_WRONG in body:
                self.problems.append(f"{where}: {body}"[:500])
            elif body.startswith(BOXES) or element.WhichOneof("type") == "alert":
                said.add(body)
        elif kind == "script_finished":
            if message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
                self.problems.append(f"{where}: the page did not run")
            return message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
        return False


def everything(folder: Path) -> dict[str, tuple[str, int]]:
    """Each file below a folder: its digest and the time of its last change."""
    return {
        str(path.relative_to(folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder",
            path.stat().st_mtime_ns if path.is_file() else 0,
        )
        for path in folder.rglob("*")
    }


def run(base: str, count: int, seed: int) -> tuple[collections.Counter[str], list[str], Maker, int]:
    maker = Maker(random.Random(seed), parameter_names())
    counts: collections.Counter[str] = collections.Counter()
    problems: list[str] = []
    hashes: dict[str, str] = {}
    address = base.replace("http", "ws") + "/_stcore/stream"
    while counts["addresses"] < count:
        visit = Visit(base, hashes, maker, counts, problems)
        try:
            with connect(address, subprotocols=["streamlit"], origin=base, max_size=None) as line:
                if not hashes:  # learn the pages, and what they say of themselves
                    visit.ask(line, Address("overview", ""))
                    for page in sorted(hashes):
                        visit.ask(line, Address(page, ""))
                for _ in range(4):
                    made = maker.address(sorted(hashes))
                    counts["addresses"] += 1
                    counts[f"page {made.page}"] += 1
                    visit.ask(line, made)
        except (OSError, TimeoutError) as error:
            problems.append(f"{type(error).__name__}: {error}"[:300])
            if len(problems) > 50:
                break
    return counts, problems, maker, len(hashes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help=f"{SMALL} addresses: a smoke test")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings, log = Settings(home=Path(folder) / "home"), Path(folder) / "server.log"
        example.build(settings)
        before = everything(settings.home)
        with server("app.py", log=log, FAULTLINE_HOME=str(settings.home)) as (base, _):
            counts, problems, maker, pages = run(
                base, SMALL if args.small else args.count, args.seed
            )
        after = everything(settings.home)
        traces = log.read_text(encoding="utf-8", errors="replace").count("Traceback")
        if traces:
            sys.stderr.write(log.read_text(encoding="utf-8", errors="replace")[-5_000:])
    written = sorted(
        name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    )
    for problem in [*dict.fromkeys(problems), *written]:
        print(problem, file=sys.stderr)
    values = sum(len(v) for v in maker.good.values())
    rows = [
        f"| addresses, over {pages} pages and {len(maker.names)} parameter names | "
        f"{counts['addresses']:,} | | |",
        f"| good values that pages put into their addresses, to start from | {values:,} | | |",
        f"| answered with a notice or a sentence on what is wrong | {counts['told']:,} | none | |",
        f"| exceptions, pages without an end, broken connections | {len(problems)} | 0 | "
        f"{pairs.verdict(not problems)} |",
        f"| tracebacks in the log | {traces} | 0 | {pairs.verdict(not traces)} |",
        f"| files in the home made, changed or removed | {len(written)} | 0 | "
        f"{pairs.verdict(not written)} |",
    ]
    print("| what | measured | goal | holds |\n| --- | --- | --- | --- |")
    print("\n".join(rows))
    if problems or traces or written:
        sys.exit(f"{pairs.MISSED}: addresses")


if __name__ == "__main__":
    main()
