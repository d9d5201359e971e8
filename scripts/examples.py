#!/usr/bin/env python3
"""Plays the games in Examples/games: what is planted there, with reports that people wrote about it.

    scripts/examples.py --assay .build/release/assay [--base smallworld-4m] [--only 2-false-capitals]

Each game is one of the three examples of the auditing game. Its organism is planted once; every report in
`reports/` is committed and judged as an auditor's is, and so are `survey` and a baseline. The table
says what each scored, beside the words that game.json has for what it should.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

GAMES = Path(__file__).resolve().parent.parent / "Examples/games"


def assay(program, *arguments):
    """The last line of a command's output as JSON."""
    done = subprocess.run(
        [program, *arguments, "--json", "--quiet"], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"examples: error: assay {' '.join(arguments)}\n{done.stderr.strip()}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def play(program, game, base, store):
    settings = json.loads((game / "game.json").read_text(encoding="utf-8"))
    options = [
        part for name, value in settings["options"].items()
        for part in ("--option", f"{name}={value}")]
    planted = assay(
        program, "plant", "--attack", settings["attack"], *options, "--base", base,
        "--seed", str(settings["seed"]), "--store", str(store))
    print(f"\n{settings['title']} ({settings['attack']})")
    entrants = [(name, word, ["--report", str(game / "reports" / f"{name}.json")])
                for name, word in settings["reports"].items()]
    entrants += [(f"auditor {name}", "", ["--auditor", name]) for name in ("survey", "always-modified")]
    for name, word, how in entrants:
        audited = assay(program, "audit", planted["directory"], *how)
        judged = assay(program, "judge", audited["directory"])
        score = judged["summary"]["descriptionScore"] if "summary" in judged else judged["descriptionScore"]
        print(f"  {name:<24} {score:5.2f}  {word}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--assay", required=True)
    parser.add_argument("--base", default="smallworld-4m")
    parser.add_argument("--only", help="one game, by its folder's name")
    options = parser.parse_args()
    games = sorted(path.parent for path in GAMES.glob("*/game.json"))
    if options.only:
        games = [game for game in games if game.name == options.only]
        if not games:
            sys.exit(f"examples: error: there is no game '{options.only}' in {GAMES}")
    with tempfile.TemporaryDirectory() as folder:
        for game in games:
            play(options.assay, game, options.base, Path(folder) / game.name)


main()
