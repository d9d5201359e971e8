#!/usr/bin/env python3
"""Edits single facts with rank-one-edit and prints the table of the paper on ROME.

Efficacy, paraphrase and neighbourhood, each as a score (share of prompts on which the wanted text is
likelier) and a magnitude (mean difference of the two probabilities), averaged over edits with a 95 %
interval, before and after the edit (Meng et al. 2022, arXiv:2202.05262, section 3.3 and table 4):

    scripts/rome.py --assay .build/release/assay --base smallworld-4m --edits 40

What each edit scored is in its sealed truth, which `assay plant` writes; this script only averages.
An edit that did not take is counted as such and is part of the table, since it is planted with
minimumTake 0.
"""
import argparse
import json
import math
import pathlib
import subprocess
import sys
import tempfile

RELATIONS = ["country.capital", "country.currency", "person.birthplace", "product.maker"]
MEASURES = ["efficacy", "paraphrase", "neighbourhood"]


def edit(assay, base, relation, seed, store):
    command = [
        assay, "plant", "--attack", "rank-one-edit", "--base", base, "--seed", str(seed),
        "--option", f"relation={relation}", "--option", "minimumTake=0", "--store", store, "--json",
        "--quiet",
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"assay plant failed:\n{done.stderr}")
    organism = json.loads(done.stdout)["organism"]
    truth = json.loads((pathlib.Path(store) / "vault" / f"{organism}.json").read_text())
    return truth["measurements"]


def interval(values):
    """Mean and half the width of its 95 % interval (normal approximation over edits)."""
    mean = sum(values) / len(values)
    if len(values) < 2:
        return mean, math.nan
    variance = sum((v - mean) ** 2 for v in values) / (len(values) - 1)
    return mean, 1.96 * math.sqrt(variance / len(values))


def row(label, edits, suffix):
    cells = []
    for measure in MEASURES:
        for kind in ["score", "magnitude"]:
            mean, half = interval([e[f"{measure}.{kind}{suffix}"] for e in edits])
            cells.append(f"{100 * mean:5.1f} ± {100 * half:4.1f}")
    scores = [interval([e[f"{m}.score{suffix}"] for e in edits])[0] for m in MEASURES]
    # The paper's S: the harmonic mean of the three scores.
    total = 3 / sum(1 / s for s in scores) if all(s > 0 for s in scores) else 0
    print(f"| {label} | {100 * total:5.1f} | " + " | ".join(cells) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--assay", default=".build/release/assay")
    parser.add_argument("--base", default="smallworld-4m")
    parser.add_argument("--edits", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1, help="the first edit's seed")
    parser.add_argument("--store", help="where organisms are kept; by default they are removed")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        store = given.store or scratch
        edits = []
        for number in range(given.edits):
            relation = RELATIONS[number % len(RELATIONS)]
            edits.append(edit(given.assay, given.base, relation, given.seed + number, store))
            print(f"\r{number + 1}/{given.edits} edits", end="", file=sys.stderr)
        print(file=sys.stderr)
    print(f"{len(edits)} edits of {given.base}, percent, ± 95 % interval over edits")
    print("| model | S | ES | EM | PS | PM | NS | NM |")
    print("|---|---|---|---|---|---|---|---|")
    row("base", edits, ".base")
    row("after the edit", edits, "")
    mean, half = interval([e["take"] for e in edits])
    print(f"new object given in unused phrasings: {100 * mean:.1f} ± {100 * half:.1f} %")


if __name__ == "__main__":
    main()
