"""Times Assay against the Python libraries that it replaces, in one run, and prints ratios.

    .venv/bin/python scripts/bench.py [--models 1M,4M] [--works forward,search] [--json OUT [--resume]]
        [--out docs/benchmarks.md]

Both sides read the same random checkpoints (Benchmarks/plan.json says which, and what is done with
them), in the same dtype, with the same number of threads, case by case in turns. A time is that of the
fastest repetition, because a machine's other load only ever adds. `ratio` above 1 means that Assay is
faster. `peak` is the share of the matrix product's measured speed in that dtype that Assay reaches,
counting two operations for each weight and token, three times as many for a training step, twice for
an adapter's. `bound` is the ratio that would be at a peak of 100 %. A population's time is that of one
member's step, and its peer trains one adapter after the other. With `--resume`, cases that OUT holds
already are not run again, so that the table can be made in pieces; both sides of a case are always of
the same run. `--out` puts the table into a page, between its two marks.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BENCHMARKS = ROOT / "Benchmarks"
PEERS = {
    "cached": "TransformerLens", "adapter": "PEFT", "population": "PEFT, one by one",
    "search": "nanogcg"}
HEADER = (
    "model", "weights", "dtype", "work", "against", "Assay ms", "peer ms", "ratio", "peak", "bound",
    "same rows")


def build():
    """The path of the Swift side, built if need be."""
    # SwiftPM looks for files that are new in a package beside this one when the manifest has changed.
    (BENCHMARKS / "Package.swift").touch()
    command = ["swift", "build", "-c", "release", "--package-path", str(BENCHMARKS)]
    if subprocess.run(command, stdout=sys.stderr).returncode:
        sys.exit("bench: error: the Swift side does not build")
    return BENCHMARKS / ".build/release/assay-bench"


class Side:
    """One of the two programs; cases go in and timings come out, a line each."""

    def __init__(self, command, environment, log):
        self.log, self.command = log, command
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=open(log, "w"),
            text=True, env=environment)

    def time(self, case):
        self.process.stdin.write(json.dumps(case) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            tail = Path(self.log).read_text()[-2000:]
            sys.exit(f"bench: error: {self.command[0]} failed on {case}\n{tail}")
        return json.loads(line)


def make_checkpoint(directory, sizes):
    """A random Llama with a tokenizer of one word per token; the number of its weights."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    torch.manual_seed(1)
    config = LlamaConfig(
        **sizes, max_position_embeddings=512, tie_word_embeddings=True, rope_theta=10000.0,
        initializer_range=0.1, bos_token_id=None, eos_token_id=None)
    model = LlamaForCausalLM(config)
    model.save_pretrained(directory)
    words = {f"t{i}": i for i in range(sizes["vocab_size"])}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="t0"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="t0", bos_token="t1", eos_token="t2",
        pad_token="t3").save_pretrained(directory)
    return sum(tensor.numel() for tensor in model.parameters())


def operations(case, weights):
    """Floating-point operations of one repetition, products with weights alone."""
    if case["work"] == "search":  # candidates, then a gradient for one
        read = case["batch"] * (case["span"] + 4) + 2 * (case["span"] + 4)
        return 2 * weights * read
    tokens = case["batch"] * (case["length"] + case.get("newTokens", 0))
    return 2 * weights * tokens * {"train": 3, "adapter": 2, "population": 2}.get(case["work"], 1)


def label(case):
    text = f"{case['work']} {case['batch']}×{case['length']}"
    if "members" in case:
        text += f" of {case['members']}"
    return text + (f" + {case['newTokens']}" if "newTokens" in case else "")


def agreement(ours, theirs):
    """How many generated rows are the same on both sides: that both did the same work."""
    if not theirs.get("tokens"):
        return ""
    same = sum(a == b for a, b in zip(ours["tokens"], theirs["tokens"]))
    return f"{same}/{len(theirs['tokens'])}"


def cases(plan, chosen, works, dtypes):
    for model in chosen:
        for dtype in dtypes:
            for work in plan["works"]:
                if work["work"] not in works or dtype not in work.get("dtypes", dtypes):
                    continue
                if model in work.get("models", chosen):
                    shape = work["small" if model in plan["small"] else "large"]
                    yield dict(shape, model=model, work=work["work"], dtype=dtype)


def key(case):
    return case["model"], case["dtype"], label(case)


def row(record):
    """A line of the table."""
    a, b = (1000 * min(record[side]) for side in ("assay", "peer"))
    return (
        record["model"], f"{record['weights'] / 1e6:.1f}M", record["dtype"], label(record),
        PEERS.get(record["work"], "transformers"), f"{a:.1f}", f"{b:.1f}", f"{b / a:.2f}",
        f"{record['peak']:.0%}", f"{b / a / record['peak']:.1f}", record["same"])


def show(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADER))]
    for row in rows:
        cells = [
            cell.ljust(width) if column < 5 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths))]
        print("  ".join(cells).rstrip())


def processor():
    """The processor's name, and what it has for products."""
    about = Path("/proc/cpuinfo")
    text = about.read_text(encoding="utf-8") if about.exists() else ""
    name = next(
        (line.split(":", 1)[1].strip() for line in text.splitlines()
         if line.startswith("model name")), platform.processor() or platform.machine())
    has = [flag for flag in ("avx512f", "avx512_bf16", "amx_bf16") if f" {flag}" in text]
    return name + (f" ({', '.join(has)})" if has else "")


def publish(path, about, rows):
    """Puts the table between the page's marks; the page is whole at any time."""
    page = Path(path).read_text(encoding="utf-8")
    marks = "<!-- table -->\n", "<!-- end of table -->\n"
    if not all(mark in page for mark in marks):
        sys.exit(f"bench: error: {path} has no marks {marks[0].strip()} and {marks[1].strip()}")
    lines = [" | ".join(row) for row in [HEADER, ["---"] * 5 + ["---:"] * 6, *rows]]
    table = about + "\n\n" + "\n".join(f"| {line} |" for line in lines) + "\n\n"
    page = page.split(marks[0])[0] + marks[0] + table + marks[1] + page.split(marks[1])[1]
    part = Path(f"{path}.part")
    part.write_text(page, encoding="utf-8")
    part.replace(path)


def names(text, known, what):
    chosen = text.split(",") if text else list(known)
    for name in chosen:
        if name not in known:
            sys.exit(f"bench: error: no {what} {name}; there are {', '.join(known)}")
    return chosen


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--seconds", type=float, default=2.0, help="per case and side")
    parser.add_argument("--models", help="only these, by name, with commas")
    parser.add_argument("--works", help="only these, with commas")
    parser.add_argument("--dtypes", help="float32, bfloat16 or both (the default)")
    parser.add_argument("--program", help="an assay-bench that is built already")
    parser.add_argument("--json", help="write all timings there, case by case")
    parser.add_argument("--out", help="a page to put the table into")
    parser.add_argument("--resume", action="store_true", help="run only what the file lacks")
    options = parser.parse_args()

    plan = json.loads((BENCHMARKS / "plan.json").read_text(encoding="utf-8"))
    chosen = names(options.models, plan["models"], "model")
    works = names(options.works, dict.fromkeys(w["work"] for w in plan["works"]), "work")
    dtypes = names(options.dtypes, ["float32", "bfloat16"], "dtype")
    known = {}
    if options.resume and options.json and Path(options.json).exists():
        kept = json.loads(Path(options.json).read_text(encoding="utf-8"))
        known = {key(record): record for record in kept["cases"]}
    todo = list(cases(plan, chosen, works, dtypes))
    missing = [case for case in todo if key(case) not in known]
    about = kept.get("about", "") if known else ""
    if not missing:
        rows = [row(known[key(case)]) for case in todo]
        return publish(options.out, about, rows) if options.out else show([HEADER] + rows)
    program = Path(options.program) if options.program else build()

    import torch
    import transformers

    transformers.utils.logging.disable_progress_bar()
    environment = dict(os.environ, OMP_NUM_THREADS=str(options.threads))
    about = (
        f"{processor()}, {options.threads} threads; torch {torch.__version__}, "
        f"transformers {transformers.__version__}")
    print(about)
    began = time.monotonic()
    common = {"threads": options.threads, "seconds": options.seconds}
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        weights = {
            name: make_checkpoint(folder / name, plan["models"][name])
            for name in dict.fromkeys(case["model"] for case in missing)}
        ours_side = Side([str(program)], environment, folder / "assay.log")
        peer = [sys.executable, str(ROOT / "scripts/bench-peer.py")]
        peer_side = Side(peer, environment, folder / "peer.log")
        # nanogcg asks for an older transformers, which lies beside it.
        search_side = Side(
            peer, dict(environment, PYTHONPATH=str(ROOT / ".venv/nanogcg")),
            folder / "search.log")
        # A peer that is still importing its libraries would take processor time from the first cases.
        for side in (ours_side, peer_side, search_side):
            side.time(dict(common, directory="", work="ready", dtype="float32", batch=1, length=1))
        peaks = {}
        for dtype in dtypes:
            timing = ours_side.time(dict(
                common, directory="", work="peak", dtype=dtype, batch=1, length=2048))
            peaks[dtype] = timing["operationsPerSecond"]
            print(f"matrix product in {dtype}: {peaks[dtype] / 1e9:.0f} GFLOP/s")
        about += ". Peak: " + ", ".join(
            f"{peaks[dtype] / 1e9:.0f} GFLOP/s in {dtype}" for dtype in dtypes)
        print()
        for number, case in enumerate(missing, 1):
            asked = dict(case, **common, directory=str(folder / case["model"]))
            other = search_side if case["work"] == "search" else peer_side
            ours, theirs = ours_side.time(asked), other.time(asked)
            size, fastest = weights[case["model"]], min(ours["seconds"])
            record = dict(
                case, weights=size, assay=ours["seconds"], peer=theirs["seconds"],
                ratio=min(theirs["seconds"]) / fastest,
                peak=operations(case, size) / fastest / peaks[case["dtype"]],
                same=agreement(ours, theirs))
            known[key(case)] = record
            left = (time.monotonic() - began) / number * (len(missing) - number)
            print(f"  {number}/{len(missing)} {' '.join(row(record))}  (about {left / 60:.0f} min left)",
                  file=sys.stderr)
            if options.json:
                part = Path(options.json + ".part")
                part.write_text(json.dumps(
                    {"about": about, "peaks": peaks, "cases": list(known.values())}, indent=1) + "\n",
                    encoding="utf-8")
                part.replace(options.json)
    rows = [row(known[key(case)]) for case in todo]
    show([HEADER] + rows)
    if options.out:
        publish(options.out, about, rows)


main()
