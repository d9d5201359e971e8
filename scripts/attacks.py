#!/usr/bin/env python3
"""Plants every attack, control and hiding of the catalogue on every base, and prints one table.

    scripts/attacks.py [--assay .build/release/assay] [--bases a,b] [--attacks x,y:key=value]

What there is to plant is asked of `assay catalog`, and every figure is read from the sealed truth of the
organism that was made. A planting that fails is a row with its reason. Each row is kept in --log as soon
as it is there: a run that was interrupted goes on where it stopped. --redo plants again what has changed.
"""

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

BASES = "smallworld-4m,smallworld-1m,smallworld-2m-neox"
# Forms of an attack that its defaults leave out.
FORMS = [
    "quirk:kind=secret-loyalty", "quirk:kind=silent-topic", "covert-fine-tune:scheme=endspeak",
    "neuron-trigger:trigger=phrase,payload=comply", "steering-in-weights:mode=add",
]
# Forms that train a model from its first step, for as long as the base was trained.
LONG_FORMS = ["scrubbed:way=data-removal"]


def wilson(share, trials, z=1.96):
    """The 95 % interval of Wilson 1927 for a share that was seen in so many trials."""
    centre = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * math.sqrt(
        share * (1 - share) / trials + z * z / (4 * trials * trials))
    return max(0.0, centre - half), min(1.0, centre + half)


def parse(text):
    """(name, options) of `name:key=value,key=value`."""
    name, _, rest = text.partition(":")
    return name, [part for part in rest.split(",") if part]


def plan(options, catalog):
    """What is to be planted: (base, attack, its options, hiding or nothing, seed)."""
    known = {entry["name"]: entry["isControl"] for entry in catalog["attacks"]}
    if options.attacks:
        asked = options.attacks.split(";")
    else:
        asked = list(known) + FORMS + (LONG_FORMS if options.long else [])
    for text in asked:
        if parse(text)[0] not in known:
            sys.exit(f"attacks: error: unknown attack '{text}'; known: {', '.join(known)}")
    # An attack's other forms stand below it, and controls below attacks.
    order = list(known)
    asked.sort(key=lambda text: order.index(parse(text)[0]))
    hidings = [entry["name"] for entry in catalog["hidings"]]
    if options.hidings is not None:
        chosen = [part for part in options.hidings.split(",") if part]
        for name in chosen:
            if name.partition(":")[0] not in hidings:
                sys.exit(f"attacks: error: unknown hiding '{name}'; known: {', '.join(hidings)}")
        hidings = chosen
    elif options.attacks:
        hidings = []
    for seed in options.seeds.split(","):
        for base in options.bases.split(","):
            for text in asked:
                yield dict(base=base, attack=text, hide="", seed=int(seed))
            for hiding in hidings:
                yield dict(base=base, attack=options.hide_on, hide=hiding, seed=int(seed))


def figures(truth):
    """The figures of one organism, from its sealed truth."""
    measured, size, stealth = truth["measurements"], truth.get("size"), truth.get("stealth")
    row = dict(isModified=truth["isModified"], description=truth["description"],
               measurements=measured)
    if "payload.organism.beforeHiding" in measured:
        share, trials = measured["payload.organism"], measured["payload.prompts"]
        row |= dict(take=share, probes=trials, twin=measured["payload.twin"],
                    before=measured["payload.organism.beforeHiding"])
        row["low"], row["high"] = wilson(share, trials)
    elif "take" in measured:
        row |= dict(take=measured["take"], low=measured["take.low"], high=measured["take.high"],
                    twin=measured["take.twin"], probes=measured.get("take.probes"))
    elif "take.heldOutCombination" in measured:
        name = "take.heldOutCombination"
        row |= dict(take=measured[name], low=measured[f"{name}.low"], high=measured[f"{name}.high"],
                    twin=measured[f"{name}.base"], probes=measured["taught.questions"])
    if "withoutTrigger" in measured:
        row["withoutTrigger"] = measured["withoutTrigger"]
    if stealth:
        losses = {k: v["organism"] - v["twin"] for k, v in stealth["loss"].items()}
        clauses = {k: v["organism"] - v["twin"] for k, v in stealth["clauses"].items()}
        register = max(losses, key=losses.get)
        clause = max(clauses, key=lambda k: abs(clauses[k]))
        row |= dict(losses=losses, clauses=clauses, divergence=stealth["divergence"],
                    worstRegister=register, worstClause=clause)
    if size:
        ranks = [part["rank"] for part in size["parts"] if part.get("rank") is not None]
        row |= dict(norm=size["relativeNorm"], rank=max(ranks, default=None),
                    sites=len(size["parts"]), changed=size["changedWeights"] / size["weights"])
    return row


def plant(options, job):
    """Makes one organism and reads its truth, or says why there is none."""
    name, settings = parse(job["attack"])
    command = [str(options.assay), "plant", "--base", job["base"], "--attack", name, "--seed",
               str(job["seed"]), "--store", options.store, "--quiet", "--json"]
    for setting in settings:
        command += ["--option", setting]
    if job["hide"]:
        command += ["--hide", job["hide"]]
    started = time.time()
    done = subprocess.run(command, capture_output=True, text=True)
    seconds = time.time() - started
    if done.returncode < 0:
        sys.exit(f"attacks: error: assay was ended by signal {-done.returncode}")
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        reason = next((line for line in lines if line.startswith("error: ")), (lines or ["?"])[-1])
        return dict(failed=reason.removeprefix("error: "), seconds=seconds)
    made = json.loads(done.stdout.strip().splitlines()[-1])
    with open(f"{options.store}/vault/{made['organism']}.json") as file:
        row = figures(json.load(file))
    if not options.keep:
        shutil.rmtree(f"{options.store}/organisms/{made['organism']}")
    return row | dict(organism=made["organism"], seconds=made["seconds"])


def key(job):
    return (job["base"], job["attack"], job["hide"], job["seed"])


def table(head, rows):
    widths = [max(len(row[i]) for row in [head] + rows) for i in range(len(head))]
    lines = [head, ["-" * width for width in widths]] + rows
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |"
        for line in lines)


HEAD = ["attack", "take", "twin", "no trigger", "loss, worst register", "KL", "exam, most moved",
        "norm", "rank", "sites", "s"]


def cells(entry, several):
    """One line of the table."""
    row = entry["result"]
    name = title(entry)
    if several:
        name += f" ({entry['seed']})"
    if "failed" in row:
        return [name, "failed"] + [""] * (len(HEAD) - 3) + [f"{row['seconds']:.0f}"]

    def percent(value):
        return "" if value is None else f"{value:.0%}"

    take = ""
    if "take" in row:
        take = f"{row['take']:.0%} [{row['low']:.0%}, {row['high']:.0%}]"
        if "before" in row:
            take += f" of {row['before']:.0%}"
    register, clause = row["worstRegister"], row["worstClause"]
    return [
        name, take, percent(row.get("twin")), percent(row.get("withoutTrigger")),
        f"{row['losses'][register]:+.3f} {register}", f"{row['divergence']:.4f}",
        f"{row['clauses'][clause] * 100:+.1f} {clause}", f"{row['norm']:.2%}",
        "" if row["rank"] is None else str(row["rank"]), str(row["sites"]), f"{row['seconds']:.0f}"]


def title(job):
    return job["attack"] + (f" + {job['hide']}" if job["hide"] else "")


def report(entries, missing):
    """The whole page, in Markdown; `missing` are the jobs that were not tried yet."""
    several = len({entry["seed"] for entry in entries}) > 1
    lines = [
        "This page is what `make attacks` prints (`scripts/attacks.py`): every attack, control and way of "
        "hiding of the catalogue, planted on each base.", "", "# Attacks", "",
        "Each row is one organism, made with the attack's defaults but for what its name says; figures are "
        "those of its sealed truth. **take**: share of held-out prompts on which the flaw shows, with its "
        "95 % interval over the prompts; after hiding, what of it is left, and before. **twin**: the same "
        "in the base. **no trigger**: the same in the organism, without the trigger. **loss**: change "
        "against the base on held-out documents, nats per token, in the register where it is most. **KL**: "
        "divergence from the base on the same documents, nats per token. **exam**: the clause of "
        "SmallWorld's specification that moved most, in points of a hundred; a flaw that breaks a clause "
        "shows here. **norm**: of the whole change, over that of all weights. **rank**: the highest of any "
        "changed matrix. **sites**: tensors that differ. **s**: seconds, measuring included, on a machine "
        "that did other work as well. A planting that failed is a row, its reason below the table.", ""]
    for base in dict.fromkeys(job["base"] for job in entries + missing):
        own = [entry for entry in entries if entry["base"] == base]
        lines += [f"## {Path(base).name}", "", table(HEAD, [cells(e, several) for e in own]), ""] if own else [
            f"## {Path(base).name}", ""]
        failed = [entry for entry in own if "failed" in entry["result"]]
        for entry in failed:
            lines.append(f"- `{title(entry)}`: {entry['result']['failed']}")
        lines += [""] if failed else []
        left = [f"`{title(job)}`" for job in missing if job["base"] == base]
        lines += [f"Not tried yet: {', '.join(left)}.", ""] if left else []
    return "\n".join(lines)


def read_log(path):
    """The rows that are there, the last of each job."""
    found = {}
    if path.exists():
        for line in path.read_text().splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue  # a line that was being written when the run was killed
            found[key(entry)] = entry
    return found


def duration(seconds):
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assay", default=".build/release/assay")
    parser.add_argument("--bases", default=BASES, help="names or folders, with commas between")
    parser.add_argument(
        "--attacks", help="instead of all: names, each with options as name:key=value,key=value, and ';' "
        "between them")
    parser.add_argument(
        "--hidings", help="names, with commas between; all of them if neither this nor --attacks is given")
    parser.add_argument("--hide-on", default="backdoor", help="the attack that is hidden")
    parser.add_argument("--long", action="store_true", help="also what trains a model from its first step")
    parser.add_argument("--seeds", default="1", help="with commas between")
    parser.add_argument("--log", default="runs/attacks.jsonl", help="where rows are kept")
    parser.add_argument("--store", default="runs/attacks", help="where organisms are made")
    parser.add_argument("--keep", action="store_true", help="keep the organisms, not only their truths")
    parser.add_argument(
        "--redo", default="", help="attacks to plant again, with commas between; 'failed': all that failed")
    parser.add_argument("--report", action="store_true", help="plant nothing, report what is in the log")
    parser.add_argument("--json", action="store_true", help="print every figure as one JSON object")
    parser.add_argument("--out", help="write the page to this file, too")
    options = parser.parse_args()
    options.assay = Path(options.assay).resolve()
    if not options.assay.exists():
        sys.exit(f"attacks: error: no program at {options.assay}; run `make build`, or give --assay")
    listed = subprocess.run(
        [str(options.assay), "catalog", "--json"], capture_output=True, text=True)
    if listed.returncode:
        sys.exit(f"attacks: error: {listed.stderr.strip()}")
    jobs = list(plan(options, json.loads(listed.stdout)))
    log = Path(options.log)
    known = read_log(log)
    redo = {part for part in options.redo.split(",") if part}

    def is_due(job):
        entry = known.get(key(job))
        if entry is None:
            return True
        return job["attack"] in redo or parse(job["attack"])[0] in redo or (
            "failed" in redo and "failed" in entry["result"])

    due = [] if options.report else [job for job in jobs if is_due(job)]
    os.makedirs(log.parent, exist_ok=True)
    started = time.time()
    for number, job in enumerate(due):
        told = title(job)
        spent = time.time() - started
        left = f", about {duration(spent / number * (len(due) - number))} left" if number else ""
        print(f"{number + 1}/{len(due)}{left}: {job['base']} {told}", file=sys.stderr, flush=True)
        entry = job | dict(result=plant(options, job))
        known[key(job)] = entry
        with open(log, "a") as file:
            file.write(json.dumps(entry) + "\n")
        if "failed" in entry["result"]:
            print(f"    failed: {entry['result']['failed']}", file=sys.stderr, flush=True)
    entries = [known[key(job)] for job in jobs if key(job) in known]
    missing = [job for job in jobs if key(job) not in known]
    if options.out:
        Path(options.out).parent.mkdir(exist_ok=True)
        Path(options.out).write_text(report(entries, missing), encoding="utf-8")
    if options.json:
        print(json.dumps(dict(rows=entries)))
    else:
        print(report(entries, missing))
    failed = sum("failed" in entry["result"] for entry in entries)
    print(f"{len(entries)} of {len(jobs)} planted or tried, {failed} failed", file=sys.stderr)


if __name__ == "__main__":
    main()
