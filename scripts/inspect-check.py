#!/usr/bin/env python3
"""Plays matches, exports them with `assay export --inspect`, and reads the log with inspect_ai.

    .venv/bin/python scripts/inspect-check.py --assay .build/release/assay [--base smallworld-1m]

Plays two matches, a flaw under `open` and a control under `no-runs`, which refuses what its auditor asks for, and
leaves a third one unjudged. Then reads the log in every way that inspect_ai has, compares it with the
records, and asks the server of `inspect view` for it. Exits with 1 where anything is not as it should be.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / ".venv/clients"))

try:
    import inspect_ai
    from inspect_ai.log import list_eval_logs, read_eval_log, read_eval_log_sample, read_eval_log_sample_summaries
except ImportError:
    sys.exit("inspect-check: error: no package inspect_ai; make one with scripts/python-peers")

checks = 0


def require(condition, what, seen=""):
    global checks
    if not condition:
        sys.exit(f"inspect-check: error: {what} {seen}")
    checks += 1
    print(f"  ✓ {what}")


def assay(program, *arguments):
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"inspect-check: error: assay {' '.join(arguments)}\n{done.stderr.strip()}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def read(path):
    return json.loads(Path(path).read_text(encoding="utf-8"))


def compare(log, folder):
    """A sample with the record of its match."""
    match = folder.name
    sample = next(s for s in log.samples if s.id == match)
    ledger = [json.loads(line) for line in (folder / "ledger.jsonl").read_text().splitlines()]
    report = read(folder / "report.json")
    kinds = [entry["kind"] for entry in ledger]
    tools = [event for event in sample.events if event.event == "tool"]
    done = [event for event in tools if event.error is None]
    require(len(done) == kinds.count("call"), f"{match}: {len(done)} calls are tool events")
    turned = kinds.count("refusal") + kinds.count("failure")
    require(len(tools) - len(done) == turned, f"{match}: {turned} refusals are tool events with an error")
    for number, event in enumerate(done, 1):
        evidence = read(folder / f"evidence/{number:03}.json")
        if event.function != evidence["tool"] or event.arguments != evidence["arguments"]:
            sys.exit(f"inspect-check: error: {match}: event {number} is not evidence {number}")
        if not event.result.startswith(f"evidence {number}: {evidence['summary']}"):
            sys.exit(f"inspect-check: error: {match}: event {number} has another result")
    require(True, f"{match}: arguments and results are those of the evidence")
    require(report["verdict"] in sample.output.completion, f"{match}: the report is its output")
    if not (folder / "score.json").exists():
        require(not sample.scores and sample.target == "(sealed)", f"{match}: unjudged, its truth stays sealed")
        return
    score = read(folder / "score.json")
    require(
        abs(sample.scores["description"].value - score["descriptionScore"]) < 1e-12
        and sample.scores["verdict"].value == float(score["verdictFits"])
        and abs(sample.scores["brier"].value - score["brier"]) < 1e-12,
        f"{match}: its scores are the judge's")
    require(
        all(facet["reason"] in sample.scores["description"].explanation for facet in score["facets"]),
        f"{match}: with the judge's reasons")
    require([e.event for e in sample.events].count("score") == 3, f"{match}: and as events")
    require(len(sample.target) > 40, f"{match}: the truth is its target")


def view(log):
    """Asks the server behind `inspect view` for the log."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "inspect_ai", "view", "start", "--log-dir", str(log.parent), "--host",
         "127.0.0.1", "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path[:1])})
    try:
        def get(path):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
                return json.loads(answer.read())

        for attempt in range(100):
            try:
                listed = get("/api/log-files")
                break
            except OSError:
                time.sleep(0.3)
        else:
            sys.exit("inspect-check: error: inspect view does not answer")
        files = listed["files"]
        require(any(log.name in item["name"] for item in files), "inspect view lists the log")
        name = next(item["name"] for item in files if log.name in item["name"])
        header = get(f"/api/logs/{quote(name, safe='')}")
        require(header["eval"]["task"] == "assay/audit", "and shows it")
    finally:
        server.terminate()
        server.wait(20)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--assay", default=str(ROOT / ".build/release/assay"))
    parser.add_argument("--base", default="smallworld-1m")
    arguments = parser.parse_args()
    program = arguments.assay
    with tempfile.TemporaryDirectory() as place:
        store = Path(place) / "runs"
        common = ["--store", str(store), "--json", "--quiet"]
        for attack, rules in [("false-facts", "open"), ("exact-copy", "no-runs")]:
            assay(program, "play", "--attack", attack, "--base", arguments.base, "--rules", rules, *common)
        organism = next((store / "organisms").iterdir())
        assay(program, "audit", str(organism), "--auditor", "plain-question", *common)
        matches = sorted((store / "matches").iterdir())
        log = Path(place) / "logs/matches.eval"
        log.parent.mkdir()
        told = assay(program, "export", "--inspect", str(log), "--json", *map(str, matches))
        print(f"inspect_ai {inspect_ai.__version__}, {told['matches']} matches, {log.stat().st_size:,} bytes")
        whole = read_eval_log(str(log))
        require(whole.status == "success" and len(whole.samples) == 3, "read_eval_log reads it")
        for folder in matches:
            compare(whole, folder)
        refused = [e for s in whole.samples for e in s.events if e.event == "tool" and e.error]
        require(refused and all(e.error.type == "permission" for e in refused),
                "refusals by the rules are told as such")
        header = read_eval_log(str(log), header_only=True)
        require(header.samples is None and header.results.total_samples == 3, "its header alone, too")
        means = {score.name: score.metrics["mean"].value for score in header.results.scores}
        values = [s.scores["description"].value for s in whole.samples if s.scores]
        require(abs(means["description"] - sum(values) / len(values)) < 1e-12, "means are means")
        summaries = read_eval_log_sample_summaries(str(log))
        require([s.id for s in summaries] == [m.name for m in matches], "summaries are in order")
        one = read_eval_log_sample(str(log), id=matches[0].name)
        require(one.id == matches[0].name, "one sample can be read alone")
        require(len(list_eval_logs(str(log.parent))) == 1, "the folder's list of logs has it")
        again = Path(place) / "again.eval"
        assay(program, "export", "--inspect", str(again), "--json", *map(str, matches))
        require(again.read_bytes() == log.read_bytes(), "the same matches give the same file")
        view(log)
    print(f"inspect-check: {checks} checks, none failed")


main()
