"""What can reach what, read from the source: which functions a page may run, and by which press.

No import is executed. A reference counts as a call, so that callbacks, partials and functions given
to a cache are seen like plain calls; a method of an object whose class is not known counts as each
method of that name. The graph therefore holds too much rather than too little.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("analysis", "pipeline", "pages")
Functions = ast.FunctionDef | ast.AsyncFunctionDef
PRESSES = {"button", "form_submit_button"}
CALLBACKS = {"on_click", "on_change", "on_select", "on_submit", "on_dismiss"}
# Attributes whose call writes, removes, starts a process or leaves the machine.
_WRITES = {
    # files and folders
    "write_text",
    "write_bytes",
    "mkdir",
    "makedirs",
    "unlink",
    "rmdir",
    "removedirs",
    "rmtree",
    "renames",
    "touch",
    "symlink_to",
    "hardlink_to",
    "symlink",
    "mkfifo",
    "mknod",
    "chmod",
    "lchmod",
    "chown",
    "lchown",
    "utime",
    "setxattr",
    "truncate",
    "ftruncate",
    "fsync",
    "copyfileobj",
    "copyfile",
    "copymode",
    "copystat",
    "copy2",
    "copytree",
    "move",
    "move_into",
    "copy_into",
    "make_archive",
    "unpack_archive",
    "extractall",
    "mkdtemp",
    "mkstemp",
    "TemporaryDirectory",
    "NamedTemporaryFile",
    "TemporaryFile",
    # tables, arrays and pictures
    "write_table",
    "write_dataset",
    "write_csv",
    "write_feather",
    "write_parquet",
    "write_image",
    "write_html",
    "write_json",
    "to_excel",
    "to_pickle",
    "to_feather",
    "to_hdf",
    "to_sql",
    "to_stata",
    "savez",
    "savez_compressed",
    "savetxt",
    "tofile",
    "savefig",
    "ExcelWriter",
    "HDFStore",
    # processes
    "Popen",
    "check_call",
    "check_output",
    "getoutput",
    "getstatusoutput",
    "kill",
    "killpg",
    "create_subprocess_exec",
    "create_subprocess_shell",
    "ProcessPoolExecutor",
    "posix_spawn",
    "posix_spawnp",
    "fork",
    "forkpty",
    "startfile",
    "execv",
    "execve",
    "execvp",
    "execvpe",
    "spawnv",
    "spawnve",
    "spawnvp",
    # the process's own settings, which all sessions share
    "putenv",
    "unsetenv",
    "chdir",
    "chroot",
    "umask",
    "setrlimit",
    "set_option",
    # the network
    "urlopen",
    "urlretrieve",
    "create_connection",
    "open_connection",
    "create_datagram_endpoint",
}
# What writes only where it is told a path: these give bytes or text otherwise.
_WRITES_TO = {
    "to_csv": ("path_or_buf",),
    "to_json": ("path_or_buf",),
    "to_parquet": ("path",),
    "to_orc": ("path",),
    "to_html": ("buf",),
    "to_latex": ("buf",),
    "to_markdown": ("buf",),
    "to_string": ("buf",),
    "to_xml": ("path_or_buffer",),
}
# Functions whose bare names mean too much: by where they come from.
_OUTSIDE = {
    "subprocess.run",
    "subprocess.call",
    "os.rename",
    "os.replace",
    "os.remove",
    "os.link",
    "os.system",
    "os.popen",
    "os.write",
    "os.pwrite",
    "os.posix_spawn",
    "shutil.copy",
    "numpy.save",
    "sqlite3.connect",
    "multiprocessing.Process",
    "multiprocessing.Pool",
    "multiprocessing.get_context",
    "pty.spawn",
    "webbrowser.open",
    "dbm.open",
    "shelve.open",
    "joblib.dump",
    "os.environ.update",
    "os.environ.pop",
    "os.environ.setdefault",
    "os.environ.clear",
    "os.environ.popitem",
}
# What opens files by a mode: acting where that is not known to be reading.
_OPENS = {"open", "fdopen", "ZipFile", "TarFile", "GzipFile", "BZ2File", "LZMAFile"}
_LEAVES = {
    "httpx",
    "httpx2",
    "requests",
    "aiohttp",
    "websockets",
    "websocket",
    "urllib3",
    "urllib.request",
    "http.client",
    "xmlrpc.client",
    "socket",
    "smtplib",
    "ftplib",
    "poplib",
    "imaplib",
    "telnetlib",
    "huggingface_hub",
    "datasets",
    "anthropic",
    "openai",
}
_SQL = re.compile(
    r"\b(?:BEGIN (?:IMMEDIATE|EXCLUSIVE)|INSERT (?:OR \w+ )?INTO|REPLACE INTO|DELETE FROM|"
    r"ALTER TABLE|(?:CREATE|DROP) (?:TABLE|VIEW|INDEX|TRIGGER)|UPDATE \w+ SET|"
    r"EXPORT DATABASE|COPY \()",
    re.IGNORECASE,
)


@dataclass
class Function:
    """One function, method or module body: what it refers to, and what it does by itself."""

    id: str
    node: ast.AST
    right: str = ""  # of `acts(Right.…)`, where it wears that
    refers: dict[str, int] = field(default_factory=dict)  # id -> first line
    writes: list[str] = field(default_factory=list)


@dataclass
class Module:
    """One file's names: what it defines and what it imports."""

    name: str
    tree: ast.Module
    imports: dict[str, str] = field(default_factory=dict)  # alias -> dotted


class Graph:
    """All functions of the program; `shared`: those that act on what sessions share."""

    def __init__(self, sources: dict[str, str] | None = None, shared: frozenset[str] = frozenset()):
        self.modules: dict[str, Module] = {}
        self.functions: dict[str, Function] = {}
        self.methods: dict[str, set[str]] = defaultdict(set)
        self.shared = shared
        self._flags: set[int] = set()
        self._funcs: set[int] = set()  # what stands before the brackets of a call
        self.classes: set[str] = set()
        self.protocols: set[str] = set()
        self._reach: dict[str, set[str]] = {}
        self.sources = sources or {dotted(p): p.read_text(encoding="utf-8") for p in files()}
        for name, text in self.sources.items():
            self.modules[name] = Module(name, ast.parse(text))
        for module in self.modules.values():
            self._imports(module)
            self._define(module, module.tree, module.name + ":", in_class=False)
            self.functions[f"{module.name}:"] = Function(f"{module.name}:", module.tree)
        for module in self.modules.values():
            self._read(module, self.functions[f"{module.name}:"], module.tree, module.name + ":")

    # names -----------------------------------------------------------------------------------

    def _imports(self, module: Module) -> None:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Import):
                for a in node.names:
                    module.imports[a.asname or a.name.split(".")[0]] = (
                        a.name if a.asname else a.name.split(".")[0]
                    )
            elif isinstance(node, ast.ImportFrom) and node.module:
                for a in node.names:
                    module.imports[a.asname or a.name] = f"{node.module}.{a.name}"

    def _define(self, module: Module, node: ast.AST, prefix: str, *, in_class: bool) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, Functions):
                id = prefix + child.name
                self.functions[id] = Function(id, child, right_of(child))
                if in_class:
                    self.methods[child.name].add(id)
                self._define(module, child, id + ".", in_class=False)
            elif isinstance(child, ast.ClassDef):
                self.classes.add(prefix + child.name)
                if {"Protocol", "ABC"} & {ast.unparse(b).split(".")[-1] for b in child.bases}:
                    self.protocols.add(prefix + child.name)
                self._define(module, child, prefix + child.name + ".", in_class=True)
            else:
                self._define(module, child, prefix, in_class=in_class)

    def _at(self, dotted_name: str, seen: frozenset[str] = frozenset()) -> str:
        """The id of `package.module.name`, through re-exports; "" where it is not ours."""
        if dotted_name in self.modules:
            return ""
        home, _, name = dotted_name.rpartition(".")
        if home in self.modules:
            if f"{home}:{name}" in self.functions or self._class(f"{home}:{name}"):
                return f"{home}:{name}"
            onward = self.modules[home].imports.get(name)
            if onward and onward not in seen:
                return self._at(onward, seen | {onward})
        return ""

    def _class(self, id: str) -> bool:
        return id in self.classes

    def dotted_of(self, module: Module, node: ast.AST) -> str:
        """`a.b.c` with its first part resolved by the imports; "" where it is no such chain."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id not in module.imports:
            return ""
        return ".".join([module.imports[node.id], *reversed(parts)])

    def target(self, module: Module, node: ast.AST, scope: str) -> set[str]:
        """The functions that a name or an attribute may be."""
        if isinstance(node, ast.Name):
            inner = scope
            while True:
                if (id := f"{inner}{node.id}") in self.functions or self._class(id):
                    return self._called(id)
                if inner.endswith(":"):
                    break
                cut = inner[:-1]
                inner = cut[: max(cut.rfind("."), cut.rfind(":")) + 1]
            found = self._at(module.imports.get(node.id, ""))
            return self._called(found) if found else set()
        if isinstance(node, ast.Attribute):
            named = self.dotted_of(module, node)
            if named:
                found = self._at(named)
                return self._called(found) if found else set()
            if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
                own = scope.split(".")[0] + "." + node.attr
                if own in self.functions:
                    return {own}
            if (kind := self._annotated(module, node.value, scope)) is not None:
                return {kind + "." + node.attr} & self.functions.keys()
            return {m for m in self.methods.get(node.attr, ()) if self._near(module.name, m)}
        return set()

    def _annotated(self, module: Module, node: ast.AST, scope: str) -> str | None:
        """The class of ours that a parameter is annotated with, or that the function which gave a
        local name returns; None where nobody says, and where it is a protocol, which others fill.
        """
        function = self.functions.get(scope[:-1])
        if not isinstance(node, ast.Name) or function is None:
            return None
        if not isinstance(function.node, Functions):
            return None
        given = function.node.args
        for arg in [*given.posonlyargs, *given.args, *given.kwonlyargs]:
            if arg.arg == node.id:
                return self._kind(module, arg.annotation)
        kinds = {
            self._given(module, one.value, scope)
            for one in ast.walk(function.node)
            if isinstance(one, ast.Assign)
            and any(isinstance(t, ast.Name) and t.id == node.id for t in one.targets)
        }
        return kinds.pop() if len(kinds) == 1 else None

    def _given(self, module: Module, value: ast.AST, scope: str) -> str | None:
        if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Name):
            return None
        for id in self.target(module, value.func, scope):
            made = self.functions[id].node
            if isinstance(made, Functions) and made.name == value.func.id:
                return self._kind(self.modules[id.split(":")[0]], made.returns)
        return None

    def _kind(self, module: Module, annotation: ast.AST | None) -> str | None:
        if not isinstance(annotation, ast.Name):
            return None
        name = annotation.id
        id = self._at(module.imports.get(name, "")) or f"{module.name}:{name}"
        return id if id in self.classes and id not in self.protocols else None

    def _near(self, module: str, method: str) -> bool:
        """Whether a module can come by an object of that method's class: it imports its module,
        or one that does."""
        if module not in self._reach:
            seen, waiting = {module}, [module]
            while waiting:
                for dotted_name in self.modules[waiting.pop()].imports.values():
                    for name in (dotted_name, dotted_name.rpartition(".")[0]):
                        if name in self.modules and name not in seen:
                            seen.add(name)
                            waiting.append(name)
            self._reach[module] = seen
        return method.split(":")[0] in self._reach[module]

    def _called(self, id: str) -> set[str]:
        if id in self.functions:
            return {id}
        return {
            i
            for part in ("__init__", "__post_init__", "__enter__", "__call__")
            if (i := f"{id}.{part}") in self.functions
        }

    # edges -----------------------------------------------------------------------------------

    def _read(self, module: Module, into: Function, node: ast.AST, scope: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, Functions):
                inner = self.functions[scope + child.name]
                self._read(module, inner, child, scope + child.name + ".")
            elif isinstance(child, ast.ClassDef):
                self._read(module, into, child, scope + child.name + ".")
            elif isinstance(child, ast.If) and is_typing(child):
                continue
            elif isinstance(child, ast.If) and is_main(child) and not is_page(module.name):
                self._read(module, into, ast.Module(child.orelse, []), scope)
            else:
                self._one(module, into, child, scope)
                self._read(module, into, child, scope)

    def _one(self, module: Module, into: Function, node: ast.AST, scope: str) -> None:
        if isinstance(node, ast.If | ast.IfExp | ast.While):
            tests = [node.test.operand] if isinstance(node.test, ast.UnaryOp) else [node.test]
            # A box that is open, not a file that is opened; a property is read all the same.
            self._flags |= {
                id(t) for t in tests if isinstance(t, ast.Attribute) and t.attr == "open"
            }
        if id(node) in self._flags:
            return
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
            found = self.target(module, node, scope)
            if into.id[-1] == ":" and not is_page(module.name) and id(node) not in self._funcs:
                found = set()  # a table of functions that an import makes calls none of them
            for id_ in found:
                if id_ != into.id:
                    into.refers.setdefault(id_, node.lineno)
            self._named(module, into, node)
        if isinstance(node, ast.Call):
            self._funcs.add(id(node.func))
            self._called_with(module, into, node)
        if isinstance(node, ast.Import | ast.ImportFrom):
            for name in self._imported(node):
                into.refers.setdefault(f"{name}:", node.lineno)
        if isinstance(node, ast.Subscript | ast.Attribute) and not isinstance(node.ctx, ast.Load):
            stored = node.value if isinstance(node, ast.Subscript) else node
            if self.dotted_of(module, stored) == "os.environ":
                into.writes.append(f"os.environ ({node.lineno})")
        # A module's own constants act where they are used, with a connection that can.
        own = into.id[-1] != ":" or is_page(module.name)
        if own and isinstance(node, ast.Constant) and isinstance(node.value, str):
            into.writes += [f"{found[0]} ({node.lineno})" for found in _SQL.finditer(node.value)]

    def _imported(self, node: ast.Import | ast.ImportFrom) -> set[str]:
        """Modules of ours whose bodies an import runs."""
        if isinstance(node, ast.Import):
            names = {a.name for a in node.names}
        else:
            names = {f"{node.module}.{a.name}" for a in node.names} | {str(node.module)}
        return names & self.modules.keys()

    def _named(self, module: Module, into: Function, node: ast.Name | ast.Attribute) -> None:
        """Note what acts by its name alone, called here or handed on to be called elsewhere."""
        outside = self.dotted_of(module, node)
        if outside.split(".")[0] in PACKAGES or (isinstance(node, ast.Name) and not outside):
            return
        name = node.attr if isinstance(node, ast.Attribute) else outside.rpartition(".")[2]
        handed_on = name in ("rename", "replace") and id(node) not in self._funcs
        if outside in _OUTSIDE or name in _WRITES or handed_on:
            into.writes.append(f"{name} ({node.lineno})")

    def _called_with(self, module: Module, into: Function, call: ast.Call) -> None:
        """Note what acts by the arguments of its call."""
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        outside = self.dotted_of(module, call.func)
        if isinstance(call.func, ast.Name):
            name = outside.rpartition(".")[2] or call.func.id
        if any(k.arg == "write" and ast.unparse(k.value) != "False" for k in call.keywords):
            into.writes.append(
                f"{name}, write=True ({call.lineno})"
            )  # of the journal, and its like
        if outside.split(".")[0] in PACKAGES:
            return
        if (
            any(outside == m or outside.startswith(m + ".") for m in _LEAVES)
            or (outside == "duckdb.connect" and "read_only=True" not in ast.unparse(call))
            or (name in _OPENS and _opens_to_write(call, outside))
            or (name in ("rename", "replace") and _is_moved(call))
            or (name in _WRITES_TO and _has_path(call, _WRITES_TO[name]))
        ):
            into.writes.append(f"{name} ({call.lineno})")

    # questions ---------------------------------------------------------------------------------

    def reachable(self, allowed: frozenset[str], pages: Iterable[str] = ()) -> dict[str, str]:
        """What opening a page or pressing anything on it may run without `acts`: id -> from where.

        `allowed`: functions that are not looked into, each for a reason that the test states.
        `pages`: modules to begin at, all pages where none is named.
        """
        waiting = [f"{n}:" for n in pages or self.modules if is_page(n)]
        came = dict.fromkeys(waiting, "")
        while waiting:
            id = waiting.pop()
            for other in self.functions[id].refers:
                if not (other in came or other in allowed or self.functions[other].right):
                    came[other] = id
                    waiting.append(other)
        return came

    def unguarded(self, allowed: frozenset[str], pages: Iterable[str] = ()) -> dict[str, list[str]]:
        """Of those, what writes, spends or stops: id -> the way there."""
        came = self.reachable(allowed, pages)
        wrong = (i for i in came if self.functions[i].writes or i in self.shared)
        return {i: self._way(came, i) for i in wrong}

    def with_sources(self, sources: dict[str, str]) -> "Graph":
        """The same program with other texts of some modules, or with further modules."""
        return Graph({**self.sources, **sources}, self.shared)

    @staticmethod
    def _way(came: dict[str, str], id: str) -> list[str]:
        way = [id]
        while came[way[-1]]:
            way.append(came[way[-1]])
        return way[::-1]

    def acting(self) -> dict[str, Function]:
        """Every function that wears `acts`."""
        return {i: f for i, f in self.functions.items() if f.right}

    def unpressed(self) -> list[str]:
        """References to acting functions that a plain visit could run: file, line and function."""
        wrong = []
        for module in self.modules.values():
            if module.name.split(".")[0] == "pages" or module.name == "app":
                for scope, node, pressed in _uses(module.tree, module.name + ":", False, self):
                    hit = [i for i in self.target(module, node, scope) if self.functions[i].right]
                    if hit and not pressed:
                        wrong.append(f"{module.name}:{node.lineno}: {hit[0]}")
        return wrong

    def controls(self) -> Iterator["Control"]:
        """Every widget that can be pressed or edited, with what it sets off, and every parameter of
        the address that a page reads."""
        for module in self.modules.values():
            if module.name.split(".")[0] != "pages":
                continue
            for scope, node, _ in _uses(module.tree, module.name + ":", False, self, calls=True):
                assert isinstance(node, ast.Call)
                if control := self._control(module, node, scope):
                    yield control

    def _control(self, module: Module, call: ast.Call, scope: str) -> "Control | None":
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        hooks = [k.value for k in call.keywords if k.arg in CALLBACKS]
        parameter = name in ("get", "choice", "choices", "keep", "put") and (
            self.dotted_of(module, call.func).startswith("pages.ui.address.")
        )
        if not (
            name in PRESSES | {"download_button", "file_uploader", "data_editor", "chat_input"}
            or any(not isinstance(h, ast.Constant) for h in hooks)
            or parameter
        ):
            return None
        sets_off = {i for h in hooks for n in ast.walk(h) for i in self.target(module, n, scope)}
        key = next((k.value for k in call.keywords if k.arg == "key"), None)
        if parameter and call.args:
            key = call.args[0]
        return Control(module.name, call.lineno, name, ast.unparse(key) if key else "", sets_off)


@dataclass(frozen=True)
class Control:
    """One widget or parameter: where it stands, its kind and key, the functions it calls back."""

    module: str
    line: int
    kind: str
    key: str
    sets_off: set[str]


def _uses(
    node: ast.AST, scope: str, pressed: bool, graph: Graph, *, calls: bool = False
) -> Iterator[tuple[str, ast.AST, bool]]:
    """Every name, attribute (or call) with its scope and whether only a press leads there."""
    for child in ast.iter_child_nodes(node):
        inner, here = scope, pressed
        if isinstance(child, Functions):
            here = bool(right_of(child))
            for decorator in child.decorator_list:
                yield from _uses(decorator, scope, False, graph, calls=calls)
            inner = scope + child.name + "."
        elif isinstance(child, ast.ClassDef):
            inner = scope + child.name + "."
        elif isinstance(child, ast.keyword) and child.arg in CALLBACKS:
            here = True
        elif isinstance(child, ast.Call) and getattr(child.func, "id", "") == "partial":
            here = True  # not called here; whoever gets it calls it behind a press
        if not calls and isinstance(child, ast.Name | ast.Attribute):
            yield scope, child, here
        if calls and isinstance(child, ast.Call):
            yield scope, child, here
        if isinstance(child, ast.If) and asks_for_press(child.test):
            for part in child.body:
                yield from _uses(ast.Module([part], []), inner, True, graph, calls=calls)
            for rest in (child.test, *child.orelse):
                yield from _uses(ast.Module([rest], []), inner, here, graph, calls=calls)  # type: ignore[list-item]
        else:
            yield from _uses(child, inner, here, graph, calls=calls)


def _opens_to_write(call: ast.Call, outside: str) -> bool:
    """Whether a file is opened for anything but reading, or nobody can say from here."""
    if outside == "os.open":
        return "O_RDONLY" not in ast.unparse(call)
    path_first = isinstance(call.func, ast.Name) or bool(outside)  # open(path, mode)
    modes = [*call.args[1 if path_first else 0 :][:1]]
    modes += [k.value for k in call.keywords if k.arg in ("mode", None)]
    return any(
        not (isinstance(m, ast.Constant) and isinstance(m.value, str)) or set(m.value) & set("wax+")
        for m in modes
    )


def _is_moved(call: ast.Call) -> bool:
    """Whether `x.rename(y)` or `x.replace(y)` moves a file: text is replaced with two arguments,
    pandas takes keywords, a mapping or a constant name, datetimes take keywords."""
    if call.keywords or len(call.args) != 1 or not isinstance(call.func, ast.Attribute):
        return False
    return not isinstance(call.args[0], ast.Constant | ast.Dict | ast.DictComp)


def _has_path(call: ast.Call, names: tuple[str, ...]) -> bool:
    """Whether a table is written to a place: given first, or under one of these names."""
    given = [*call.args[:1], *(k.value for k in call.keywords if k.arg in (*names, None))]
    return any(not (isinstance(g, ast.Constant) and g.value is None) for g in given)


def asks_for_press(test: ast.AST) -> bool:
    """Whether a condition holds only after a press: a button in it, or a form's `pressed`."""
    for node in ast.walk(test):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in PRESSES:
            return True
    return isinstance(test, ast.Name) and test.id == "pressed"


def right_of(node: Functions) -> str:
    for d in node.decorator_list:
        if isinstance(d, ast.Call) and getattr(d.func, "id", getattr(d.func, "attr", "")) == "acts":
            return ast.unparse(d.args[0]).removeprefix("Right.")
    return ""


def is_typing(node: ast.If) -> bool:
    return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def is_main(node: ast.If) -> bool:
    """Whether a part of a module runs as a program only, never by an import."""
    return ast.unparse(node.test) == "__name__ == '__main__'"


def is_page(module: str) -> bool:
    return module == "app" or (module.startswith("pages.") and module.count(".") == 1)


def files() -> list[Path]:
    return [ROOT / "app.py", *(p for name in PACKAGES for p in sorted((ROOT / name).rglob("*.py")))]


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
