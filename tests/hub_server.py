"""A Hugging Face hub on loopback: dataset repositories, large files behind a second host, faults.

It speaks what `huggingface_hub` and `datasets` ask of the real one: repository info (with sizes
and digests), tree, paths-info, and resolve with ETag, commit, redirect to the content host and
range requests. Faults are planted per file; the ledger tells what was asked and sent.

    with HubServer() as hub:
        hub.publish("owner/name", {"README.md": card, "data/train-00000-of-00001.parquet": data})
        hub.plant(Fault("data/*", "cut", after=1000))
        ...  # HF_ENDPOINT=hub.url
        assert hub.asked("data/*")[1].range == "bytes=1000-"
"""

import hashlib
import json
import threading
from collections.abc import Mapping
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qs, quote, unquote, urlsplit

from hub_records import Asked, Entry, Fault, described, lfs, parents, start_of

__all__ = ["Asked", "Fault", "HubServer"]

BEFORE_BODY = frozenset({"status", "hang"})


class HubServer:
    """The hub, its content host, and the ledger of both. Use as a context manager."""

    def __init__(self) -> None:
        self.commits: dict[tuple[str, str], dict[str, Entry]] = {}
        self.branches: dict[tuple[str, str], str] = {}
        self.gated: set[str] = set()
        self.tokens: set[str] = set()
        self.ledger: list[Asked] = []
        self.faults: list[Fault] = []
        self.released = threading.Event()
        self.lock = threading.Lock()
        self._hosts = [_Host(self, "hub"), _Host(self, "content")]
        self.url, self.content_url = (host.url for host in self._hosts)

    def __enter__(self) -> Self:
        for host in self._hosts:
            threading.Thread(target=host.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        for host in self._hosts:
            host.shutdown()
            host.server_close()

    def publish(
        self,
        repo: str,
        files: Mapping[str, bytes],
        branch: str = "main",
        declared: Mapping[str, int] | None = None,
    ) -> str:
        """A new commit with exactly these files on `branch`; `declared` are sizes to lie about."""
        sizes = declared or {}
        entries = {
            path: Entry(path, data, sizes.get(path, len(data))) for path, data in files.items()
        }
        digest = hashlib.sha1(f"{repo} {len(self.commits)}".encode())
        for path in sorted(entries):
            digest.update(path.encode() + entries[path].sha256.encode())
        sha = digest.hexdigest()
        self.commits[repo, sha] = entries
        self.branches[repo, branch] = sha
        return sha

    def plant(self, *faults: Fault) -> None:
        self.faults.extend(faults)

    def heal(self) -> None:
        """No more faults; what hangs is let go."""
        self.faults.clear()
        self.released.set()
        self.released = threading.Event()

    def asked(self, where: str = "*", method: str = "GET", host: str = "content") -> list[Asked]:
        return [
            asked
            for asked in self.ledger
            if fnmatch(asked.route, where) and asked.method == method and asked.host == host
        ]

    def commit(self, repo: str, revision: str) -> str | None:
        sha = self.branches.get((repo, revision), revision)
        return sha if (repo, sha) in self.commits else None

    def strike(self, route: str, before_body: bool) -> Fault | None:
        """The fault that strikes this request, if any; its remaining times are counted down."""
        with self.lock:
            for fault in self.faults:
                fits = (fault.kind in BEFORE_BODY) == before_body and fnmatch(route, fault.where)
                if not fits or fault.times == 0:
                    continue
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None


class _Host(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, hub: HubServer, name: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.hub, self.name = hub, name
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that go away in the middle are what the tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Host
    note: Asked

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: the ledger is the log."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        self.hub = self.server.hub
        self.url_parts = urlsplit(self.path)
        bearer = self.headers.get("Authorization", "")
        self.token = bearer.removeprefix("Bearer ")
        self.note = Asked(
            self.command, self.server.name, self.path, self.headers.get("Range"), bool(bearer)
        )
        self.hub.ledger.append(self.note)
        parts = [unquote(part) for part in self.url_parts.path.strip("/").split("/")]
        if self.server.name == "content":
            self._content("/".join(parts[:2]), parts[2], "/".join(parts[3:]))
        elif parts[:2] == ["api", "datasets"] and len(parts) >= 4:
            self._api("/".join(parts[2:4]), parts[4:])
        elif parts[0] == "datasets" and "resolve" in parts:
            at = parts.index("resolve")
            self._resolve("/".join(parts[1:at]), parts[at + 1], "/".join(parts[at + 2 :]))
        else:
            self._json(404, {"error": "not found"})

    # What the client asks

    def _api(self, repo: str, rest: list[str]) -> None:
        what = rest[0] if rest else "revision"
        self.note.route = "info" if what == "revision" else what
        revision = rest[1] if len(rest) > 1 else "main"
        if self._refused(repo):
            return
        sha = self.hub.commit(repo, revision)
        if sha is None:
            self._error(404, "RevisionNotFound", f"Invalid rev id: {revision}")
            return
        entries = list(self.hub.commits[repo, sha].values())
        if what == "revision":
            self._info(repo, sha, entries)
        elif what == "tree":
            self._tree("/".join(rest[2:]), entries)
        elif what == "paths-info":
            asked = self._body_paths()
            self._json(200, [described(entry) for entry in entries if entry.path in asked])
        else:
            self._json(404, {"error": "not found"})

    def _info(self, repo: str, sha: str, entries: list[Entry]) -> None:
        siblings = [
            {
                "rfilename": entry.path,
                "size": entry.declared,
                "blobId": entry.git_id,
                **({"lfs": lfs(entry)} if entry.large else {}),
            }
            for entry in entries
        ]
        self._json(200, {"id": repo, "sha": sha, "private": False, "siblings": siblings})

    def _tree(self, folder: str, entries: list[Entry]) -> None:
        prefix = f"{folder}/" if folder else ""
        inside = [entry for entry in entries if entry.path.startswith(prefix)]
        recursive = parse_qs(self.url_parts.query).get("recursive", ["false"])[0].lower() == "true"
        folders = {
            prefix + part
            for entry in inside
            for part in parents(entry.path.removeprefix(prefix), recursive)
        }
        shown = [e for e in inside if recursive or "/" not in e.path.removeprefix(prefix)]
        oid = "0" * 40
        self._json(
            200,
            [{"type": "directory", "oid": oid, "size": 0, "path": p} for p in sorted(folders)]
            + [described(entry) for entry in shown],
        )

    def _resolve(self, repo: str, revision: str, path: str) -> None:
        self.note.route = path
        if self._refused(repo):
            return
        sha = self.hub.commit(repo, revision)
        entry = self.hub.commits[repo, sha].get(path) if sha else None
        if sha is None or entry is None:
            code = "EntryNotFound" if sha else "RevisionNotFound"
            self._error(404, code, "not found", {"X-Repo-Commit": sha or ""})
            return
        named = {"X-Repo-Commit": sha, "ETag": f'"{entry.etag}"', "Accept-Ranges": "bytes"}
        if not entry.large:
            self._send(entry, named)
            return
        where = f"{self.hub.content_url}/{repo}/{sha}/{quote(path)}"
        linked = {"X-Linked-Size": str(entry.declared), "X-Linked-Etag": f'"{entry.etag}"'}
        self._head(302, 0, {**named, **linked, "Location": where})

    def _content(self, repo: str, sha: str, path: str) -> None:
        self.note.route = path
        self._send(self.hub.commits[repo, sha][path], {"Accept-Ranges": "bytes"})

    def _refused(self, repo: str) -> bool:
        """Planted faults, unknown repositories, gates and tokens; True when answered."""
        fault = self.hub.strike(self.note.route, before_body=True)
        if fault and fault.kind == "hang":
            self.hub.released.wait(60)
            self.close_connection = True
            return True
        if fault:
            self._error(fault.status, "", "planted", fault.headers)
        elif self.token and self.hub.tokens and self.token not in self.hub.tokens:
            self._error(401, "", "Invalid credentials in Authorization header")
        elif repo in self.hub.gated and not self.token:
            self._error(401, "GatedRepo", f"Access to dataset {repo} is restricted")
        elif not any(name == repo for name, _ in self.hub.commits):
            self._error(404, "RepoNotFound", "Repository not found")
        else:
            return False
        return True

    # How it is sent

    def _send(self, entry: Entry, headers: Mapping[str, str]) -> None:
        fault = self.hub.strike(entry.path, before_body=False) or Fault("", "none")
        data = fault.body if fault.kind == "body" else entry.data
        start = start_of(self.note.range) if fault.kind != "no_range" else 0
        if start and start >= len(data):
            self._head(416, 0, {"Content-Range": f"bytes */{len(data)}"})
            return
        ranged = {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"}
        if fault.kind == "wrong_range":
            ranged = {"Content-Range": f"bytes 7-{len(data) - 1}/{len(data)}"}
        sent = data[start:]
        self._head(206 if start else 200, len(sent), {**headers, **(ranged if start else {})})
        if self.command != "HEAD":
            self._body(sent if fault.kind != "lie" else fault.body[start:], len(sent), fault)

    def _body(self, sent: bytes, claimed: int, fault: Fault) -> None:
        if fault.kind == "drip":
            for byte in sent:
                self._write(bytes([byte]))
                if self.hub.released.wait(0.02):
                    break
        elif fault.kind in ("cut", "stall"):
            self._write(sent[: len(sent) // 2 if fault.after is None else fault.after])
            if fault.kind == "stall":
                self.hub.released.wait(60)
        else:
            self._write(sent)
        self.close_connection = self.close_connection or self.note.sent < claimed

    def _write(self, data: bytes) -> None:
        for at in range(0, len(data), 16_384):
            self.wfile.write(data[at : at + 16_384])
            self.note.sent += len(data[at : at + 16_384])

    def _json(self, status: int, value: object) -> None:
        data = json.dumps(value).encode()
        self._head(status, len(data), {"Content-Type": "application/json"})
        if self.command != "HEAD":
            self._write(data)

    def _error(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        named = {"X-Error-Code": code} if code else {}
        self._head(status, 0, {**named, "X-Error-Message": message, **(headers or {})})

    def _head(self, status: int, length: int, headers: Mapping[str, str]) -> None:
        self.note.status = status
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _body_paths(self) -> set[str]:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if raw.startswith("{"):
            return set(json.loads(raw)["paths"])
        return set(parse_qs(raw).get("paths", []))
