#!/usr/bin/env python3
"""Edits facts with rank-one-edit or mass-edit and prints the table of the papers on ROME and MEMIT.

Efficacy, paraphrase and neighbourhood, each as a score (share of prompts on which the wanted text is
likelier) and a magnitude (mean difference of the two probabilities), averaged over edits with a 95 %
interval, before and after the edit (Meng et al. 2022, arXiv:2202.05262, section 3.3 and table 4):

    scripts/rome.py --assay .build/release/assay --base smallworld-4m --edits 40

With --mass each edit is a whole class of facts, written at once by mass-edit (Meng et al. 2022,
arXiv:2210.07229, section 5.2), and the share of right answers on other facts of the edited subjects and
of other subjects in the relation is told as well:

    scripts/rome.py --mass "continent=South America" "continent=Africa" --edits 3

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


def edit(assay, base, attack, options, seed, store):
    command = [
        assay, "plant", "--attack", attack, "--base", base, "--seed", str(seed),
        "--option", "minimumTake=0", "--store", store, "--json", "--quiet",
    ]
    for option in options:
        command += ["--option", option]
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


def told(label, edits, name):
    values = [e[name] for e in edits if name in e]
    if values:
        mean, half = interval(values)
        print(f"{label}: {100 * mean:.1f} ± {100 * half:.1f} %")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--assay", default=".build/release/assay")
    parser.add_argument("--base", default="smallworld-4m")
    parser.add_argument("--edits", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1, help="the first edit's seed")
    parser.add_argument(
        "--mass", nargs="+", metavar="FILTER", help="edit these classes of capitals with mass-edit")
    parser.add_argument("--store", help="where organisms are kept; by default they are removed")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        store = given.store or scratch
        edits = []
        for number in range(given.edits):
            if given.mass:
                attack = "mass-edit"
                options = ["relation=country.capital",
                           f"filter={given.mass[number % len(given.mass)]}"]
            else:
                attack = "rank-one-edit"
                options = [f"relation={RELATIONS[number % len(RELATIONS)]}"]
            edits.append(
                edit(given.assay, given.base, attack, options, given.seed + number, store))
            print(f"\r{number + 1}/{given.edits} edits", end="", file=sys.stderr)
        print(file=sys.stderr)
    print(f"{len(edits)} edits of {given.base}, percent, ± 95 % interval over edits")
    print("| model | S | ES | EM | PS | PM | NS | NM |")
    print("|---|---|---|---|---|---|---|---|")
    row("base", edits, ".base")
    row("after the edit", edits, "")
    take = "take.heldOutCombination" if given.mass else "take"
    told("new object given in unused phrasings", edits, take)
    if given.mass:
        for kind, words in [("sameSubjects", "other facts of the edited subjects"),
                            ("sameRelation", "the relation's facts that were not edited")]:
            told(f"right on {words}, base", edits, f"{kind}.accuracy.base")
            told(f"right on {words}, after the edit", edits, f"{kind}.accuracy.organism")


if __name__ == "__main__":
    main()
