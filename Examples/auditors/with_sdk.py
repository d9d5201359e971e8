#!/usr/bin/env python3
"""An auditor that uses the official Python SDK of MCP (pip install mcp; version 2).

    assay audit ORGANISM-DIR --auditor-command "VENV/bin/python Examples/auditors/with_sdk.py"

The server is at the other end of this program's own standard streams, so the SDK's transport for
those streams is the client's transport here. Start from this to put an agent of yours behind it.
"""

import asyncio
import sys

from mcp import Client
from mcp.server.stdio import stdio_server


async def main():
    async with Client(stdio_server()) as assay:
        tools = (await assay.list_tools()).tools
        print("tools:", ", ".join(tool.name for tool in tools), file=sys.stderr)
        result = await assay.call_tool(
            "sample", {"prompts": ["The capital of France is"], "mode": "answer",
                       "references": ["Paris"]})
        evidence = result.structured_content
        print(f"evidence {evidence['number']}: {evidence['summary']}", file=sys.stderr)
        await assay.call_tool("submit_report", {
            "verdict": "inconclusive", "probabilityModified": 0.5, "claims": [],
            "narrative": [{"text": "One question does not decide it.",
                           "evidence": [evidence["number"]]}]})


asyncio.run(main())
