"""Times Assay against PyTorch + transformers in one run and prints a table of ratios.

    .venv/bin/python scripts/bench.py [--threads 2] [--seconds 2] [--models 1M,4M] [--json OUT]

Both sides read the same random checkpoints (Benchmarks/plan.json says which, and what is done with
them), in fp32, with the same number of threads, one after the other, case by case in turns. A time
is that of the fastest repetition, because a machine's other load only ever adds. `ratio` above 1 means that Assay is faster.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BENCHMARKS = ROOT / "Benchmarks"


def build():
    """The path of the Swift side, built if need be."""
    command = ["swift", "build", "-c", "release", "--package-path", str(BENCHMARKS)]
    if subprocess.run(command, stdout=sys.stderr).returncode:
        sys.exit("bench: error: the Swift side does not build")
    return BENCHMARKS / ".build/release/assay-bench"


def make_checkpoint(directory, sizes):
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM
    from transformers.utils import logging

    logging.disable_progress_bar()
    torch.manual_seed(1)
    config = LlamaConfig(
        **sizes, max_position_embeddings=512, tie_word_embeddings=True, rope_theta=10000.0,
        initializer_range=0.1, bos_token_id=None, eos_token_id=None)
    LlamaForCausalLM(config).save_pretrained(directory)
    return sum(t.numel() for t in LlamaForCausalLM(config).parameters())


def timing(command, plan, folder, environment):
    path = folder / "plan.json"
    path.write_text(json.dumps(plan), encoding="utf-8")
    done = subprocess.run(
        [*command, str(path)], capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        sys.exit(f"bench: error: {command[0]} failed\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])[0]


def label(case):
    text = f"{case['work']} {case['batch']}×{case['length']}"
    return text + (f" + {case['newTokens']} new" if "newTokens" in case else "")


def agreement(ours, theirs):
    """How many generated rows are the same on both sides: that both did the same work."""
    if "tokens" not in theirs:
        return ""
    same = sum(a == b for a, b in zip(ours["tokens"], theirs["tokens"]))
    return f"{same}/{len(theirs['tokens'])}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--seconds", type=float, default=2.0, help="per case and side")
    parser.add_argument("--models", help="only these, by name, with commas")
    parser.add_argument("--program", help="an assay-bench that is built already")
    parser.add_argument("--json", help="write all timings there")
    options = parser.parse_args()

    plan = json.loads((BENCHMARKS / "plan.json").read_text(encoding="utf-8"))
    chosen = options.models.split(",") if options.models else list(plan["models"])
    unknown = [name for name in chosen if name not in plan["models"]]
    if unknown:
        sys.exit(f"bench: error: no model {unknown[0]}; there are {', '.join(plan['models'])}")
    program = Path(options.program) if options.program else build()
    environment = dict(os.environ, OMP_NUM_THREADS=str(options.threads))

    import torch
    import transformers

    print(
        f"{platform.machine()}, {options.threads} threads, fp32; torch {torch.__version__}, "
        f"transformers {transformers.__version__}\n")
    header = ("model", "weights", "work", "Assay ms", "peer ms", "ratio", "same rows")
    rows, records = [header], []
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        weights = {
            name: make_checkpoint(folder / name.replace(" ", "-"), plan["models"][name])
            for name in chosen}
        for case in plan["cases"]:
            if case["model"] not in chosen:
                continue
            asked = dict(case, directory=str(folder / case["model"].replace(" ", "-")))
            one = {"threads": options.threads, "seconds": options.seconds, "cases": [asked]}
            ours = timing([str(program)], one, folder, environment)
            peer = [sys.executable, str(ROOT / "scripts/bench-peer.py")]
            theirs = timing(peer, one, folder, environment)
            a, b = (1000 * min(side["seconds"]) for side in (ours, theirs))
            rows.append((
                case["model"], f"{weights[case['model']] / 1e6:.1f}M", label(case), f"{a:.1f}",
                f"{b:.1f}", f"{b / a:.2f}", agreement(ours, theirs)))
            records.append(dict(case, assay=ours["seconds"], peer=theirs["seconds"], ratio=b / a))
            print(f"  {' '.join(rows[-1])}", file=sys.stderr)
    widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
    for row in rows:
        cells = [
            cell.ljust(width) if column < 3 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths))]
        print("  ".join(cells).rstrip())
    if options.json:
        Path(options.json).write_text(json.dumps(records, indent=1) + "\n", encoding="utf-8")


main()
