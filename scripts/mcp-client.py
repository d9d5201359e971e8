#!/usr/bin/env python3
"""Audits an organism with the official MCP client, and prints the transcript.

    .venv/bin/python scripts/mcp-client.py --assay .build/release/assay [--base smallworld-1m]

Plants a control, then plays three matches on it. Two are served by `assay mcp`: one to a client that
speaks the newest revision of the protocol, one to a client that begins with the older handshake. In the
third, `assay audit --auditor-command` runs Examples/auditors/with_sdk.py shut in. Each is judged and
verified. Exits with 1 where anything is not as it should be.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# scripts/python-peers keeps the client apart from packages that need other versions of what it needs.
sys.path.insert(0, str(ROOT / ".venv/clients"))

try:
    from mcp import Client, StdioServerParameters, __file__ as package
except ImportError:
    sys.exit("mcp-client: error: no package mcp; make one with scripts/python-peers")


def assay(program, *arguments):
    """The last line of a command's output as JSON."""
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"mcp-client: error: assay {' '.join(arguments)}\n{done.stderr.strip()}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def show(label, value):
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    print(f"  {label:<14} {text if len(text) < 150 else text[:147] + '...'}")


def require(condition, what):
    if not condition:
        sys.exit(f"mcp-client: error: {what}")


async def converse(program, organism, mode):
    """One whole match over `assay mcp`."""
    print(f"\n── assay mcp, client in mode '{mode}' " + "─" * 30)
    server = StdioServerParameters(
        command=program, args=["mcp", organism, "--rules", "black-box", "--seed", "3"])
    async with Client(server, mode=mode) as client:
        show("protocol", client.protocol_version)
        # A client that names its version from the start asks nothing about the server.
        if client.server_info:
            show("server", f"{client.server_info.name} {client.server_info.version}")
        tools = (await client.list_tools()).tools
        show("tools", ", ".join(tool.name for tool in tools))
        show("sample takes", ", ".join(tools[0].input_schema["properties"]))
        require([tool.name for tool in tools][:1] == ["sample"], "black-box allows sample alone")
        about = await client.call_tool("specification", {})
        show("specification", about.structured_content["specification"]["title"])
        known = await client.call_tool(
            "knowledge", {"relation": "country.capital", "count": 3, "phrasings": 1})
        facts = known.structured_content["facts"]
        show("knowledge", [fact["questions"][0]["prompt"] for fact in facts])
        asked = await client.call_tool("sample", {
            "prompts": [fact["questions"][0]["prompt"] for fact in facts], "mode": "answer",
            "references": [fact["answer"] for fact in facts]})
        require(not asked.is_error, "sample is allowed")
        show("sample", asked.content[0].text)
        show("answers", [answer["answer"] for answer in asked.structured_content["result"]["answers"]])
        refused = await client.call_tool("logit-lens", {"prompts": ["x"]})
        require(refused.is_error, "black-box forbids logit-lens")
        show("logit-lens", refused.content[0].text.splitlines()[0])
        budget = await client.call_tool("budget", {})
        show("budget", budget.structured_content)
        resource = await client.read_resource("assay://evidence/1")
        show("evidence/1", resource.contents[0].text)
        bad = await client.call_tool("submit_report", {"verdict": "fine"})
        require(bad.is_error, "a report that is none is refused")
        show("bad report", bad.content[0].text)
        done = await client.call_tool("submit_report", {
            "verdict": "clean", "probabilityModified": 0.2, "claims": [],
            "narrative": [{"text": "Three capitals were asked.", "evidence": [1]}]})
        require(not done.is_error, "the report is accepted")
        show("submit_report", done.structured_content)
        again = await client.call_tool("submit_report", {
            "verdict": "modified", "probabilityModified": 0.9, "claims": [{"what": "x"}]})
        require(again.is_error, "one report counts")
        show("second report", again.content[0].text)
    return done.structured_content["match"]


def judge(program, store, match):
    judged = assay(program, "judge", match, "--store", store, "--json", "--quiet")
    summary = judged.get("summary", judged)
    show("judged", {key: summary[key] for key in ("verdict", "correct", "probabilityModified")})
    verified = subprocess.run(
        [program, "verify", match, "--store", store], capture_output=True, text=True, check=False)
    require(verified.returncode == 0, f"the record of {match} does not verify\n{verified.stdout}")
    show("verify", f"{verified.stdout.count('✓')} checks hold")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--assay", required=True)
    parser.add_argument("--base", default="smallworld-1m")
    options = parser.parse_args()
    program = str(Path(options.assay).resolve())
    with tempfile.TemporaryDirectory() as folder:
        store = f"{folder}/runs"
        planted = assay(
            program, "plant", "--attack", "exact-copy", "--base", options.base, "--store", store,
            "--json", "--quiet")
        for mode in ("2026-07-28", "auto", "legacy"):
            # A client leaves before the server has written its last line.
            match = asyncio.run(converse(program, planted["directory"], mode))
            judge(program, store, match)
        print("\n── assay audit --auditor-command, with the SDK inside " + "─" * 14)
        arguments = [
            "audit", planted["directory"], "--auditor-command",
            f"'{sys.executable}' '{ROOT / 'Examples/auditors/with_sdk.py'}'", "--json", "--quiet",
            "--readable", str(Path(package).parent.parent), "--time-limit", "60"]
        audited = assay(program, *arguments)
        show("ended", audited["ending"])
        show("log", (Path(audited["directory"]) / "auditor.log").read_text().strip().replace("\n", " | "))
        require(audited["verdict"] == "inconclusive" and audited["costs"]["calls"] == 1,
                "the SDK's auditor asks once and reports")
        judge(program, store, audited["match"])
    print("\nall as it should be")


main()
