"""The conformance suite's seeds and manifests as places to ask, with the two that answer there."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

SCHEMA = "mf_src"
Reply = dict[str, Any]


def runner() -> ModuleType:
    """Load the conformance runner, which KGI_CONFORMANCE names the folder of."""
    folder = Path(os.environ["KGI_CONFORMANCE"])
    spec = importlib.util.spec_from_file_location("mf_conformance", folder / "mf_conformance.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Server:
    """A process that answers one JSON line with one JSON line; it is started at the first question."""

    def __init__(self, command: list[str]) -> None:
        self._command = command
        self._process: subprocess.Popen[str] | None = None

    def ask(self, request: Reply) -> Reply:
        if self._process is None:
            self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"ended: {' '.join(self._command)}")
        reply: Reply = json.loads(line)
        return reply

    def close(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait(10)


@dataclass
class Place:
    """One manifest: what it defines, and MetricFlow and kgi over the same folder and the same DuckDB file."""

    name: str
    manifest: dict[str, Any]
    metricflow: Server
    kgi: Server
    _listed: dict[tuple[str, ...], dict[str, list[str]]] = field(default_factory=dict)
    _members: dict[str, list[Any]] = field(default_factory=dict)

    @cached_property
    def metrics(self) -> list[str]:
        made = [m["name"] for s in self.manifest["semantic_models"] for m in s.get("measures") or () if m.get("create_metric")]
        return [each["name"] for each in self.manifest["metrics"]] + made

    @cached_property
    def custom_grains(self) -> list[str]:
        spines = self.manifest["project"].get("time_spines") or ()
        return [grain["name"] for spine in spines for grain in spine.get("custom_granularities") or ()]

    @property
    def saved_queries(self) -> list[str]:
        return [each["name"] for each in self.manifest["saved_queries"]]

    def group_bys(self, metrics: list[str]) -> dict[str, list[str]]:
        known = tuple(sorted(metrics))
        if known not in self._listed:
            self._listed[known] = self.metricflow.ask({"list": metrics})
        return self._listed[known]

    def members(self, name: str) -> list[Any]:
        if name not in self._members:
            reply = self.kgi.ask({"group_by": [name], "limit": 30})
            self._members[name] = [row[0] for row in reply.get("rows", []) if row[0] is not None]
        return self._members[name]


def places(work: Path, metricflow_python: str, more: Callable[[str, dict[str, Any]], list[dict[str, Any]]]) -> list[Place]:
    """Seed the database and write the manifests; `more` gives metrics to put beside a manifest's own."""
    suite = runner()
    checkout = Path(os.environ["KGI_CONFORMANCE"]) / "metricflow"
    work.mkdir(parents=True, exist_ok=True)
    database = work / "seed.duckdb"
    suite.seed_database(checkout, database)
    names = set(suite.MODEL_TO_MANIFEST.values())
    found = []
    server = Path(__file__).with_name("metricflow_server.py")
    for name, folder in suite.write_projects(checkout, names, work / "projects", "msi").items():
        extra = folder / "peer_metrics.yaml"
        manifest = suite.load_manifest(checkout, name)
        added = more(name, manifest)
        extra.write_text("\n---\n".join(json.dumps({"metric": each}) for each in added), encoding="utf-8")
        manifest["metrics"] = [*manifest["metrics"], *added]
        at = ["--project-dir", str(folder), "--database", str(database)]
        kgi = [str(Path(sys.executable).with_name("kgi")), "query", "--serve", *at, "--schema", SCHEMA]
        found.append(Place(name, manifest, Server([metricflow_python, str(server), *at]), Server(kgi)))
    return found
