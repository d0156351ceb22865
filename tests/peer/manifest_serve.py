"""Writes our semantic_manifest.json of a folder and lets MetricFlow answer from it: `--serve` of the conformance runner.

usage: python -m tests.peer.manifest_serve --peer PYTHON --project-dir DIR --database FILE --schema NAME
PYTHON is the interpreter of an environment with metricflow and duckdb.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from pathlib import Path

from pipeline.decode import read_all, read_text
from pipeline.metrics import SemanticManifest, read_semantics, semantic_manifest_of
from pipeline.shapes import Relation


def manifest_of(folder: Path, schema: str) -> SemanticManifest:
    files = sorted([*folder.rglob("*.yml"), *folder.rglob("*.yaml")])
    documents = [
        document
        for path in files
        for document in read_all(read_text(path, str(path.relative_to(folder))), str(path.relative_to(folder)))
    ]
    return read_semantics(documents, lambda name: Relation(schema, name))


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("--peer", "--project-dir", "--database", "--schema"):
        parser.add_argument(name, required=True)
    arguments = parser.parse_args()
    manifest = semantic_manifest_of(manifest_of(Path(arguments.project_dir), arguments.schema))
    file = Path(tempfile.mkdtemp(prefix="kgi-manifest-")) / "semantic_manifest.json"
    file.write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
    answers = Path(__file__).with_name("answers_of_metricflow.py")
    os.execv(arguments.peer, [arguments.peer, str(answers), str(file), arguments.database])


if __name__ == "__main__":
    main()
