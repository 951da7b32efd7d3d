"""Every vendor's Python client against every provider family, printed as a table; exit 1 where a cell fails."""

import json
import os
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import vendors

URL = os.environ["POINTSMAN_URL"]
KEY = os.environ["POINTSMAN_SERVICE_KEY"]

LOCAL = "local-model"
FAMILIES = [
    ("bedrock claude", "eu.anthropic.claude-sonnet-5-5", "Claude Sonnet 5.5"),
    ("bedrock nova", "eu.amazon.nova-pro-v1:0", "Amazon Nova Pro"),
    ("openai", "gpt-4.1", "GPT-4.1"),
    ("openai reasoning", "gpt-6-luna", "GPT-6"),
    ("anthropic", "claude-sonnet-5-5", "Claude Sonnet 5.5"),
    ("google", "gemini-3.5-flash", "Gemini 3.5 Flash"),
    ("compatible", LOCAL, "GPT-4.1"),
]
CELLS = ["plain", "stream", "call_tools", "stream_tools", "image", "structured", "error"]
QUESTION = "How are you today?"
MODELS = {model["id"]: model for model in json.loads(Path("catalogue/models.json").read_text())["models"]}


def post(path, body):
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    request = urllib.request.Request(URL + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def add_local_model():
    """The simulator behind the compatible server knows it by the name of the model that it is a copy of."""
    model = {**MODELS["gpt-4.1"], "id": LOCAL, "name": "Local model", "provider": "local", "priority": 999}
    model["sourceRegions"] = model["destinationRegions"] = []
    post("/api/v1/models", model)


def impossible(client, cell, model):
    """Why a cell cannot exist; what is not named here must work."""
    if cell == "structured" and MODELS.get(model, {}).get("abilities", {}).get("jsonSchema") is False:
        return "the model takes no schema"
    # A model that the caller names gets the caller's own bytes, and OpenAI refuses these.
    if cell in ("call_tools", "stream_tools") and client.name == "openai chat" and model == "gpt-6-luna":
        return "the vendor takes tools beside reasoning by Responses alone"
    return None


def judge(client, cell, model, says):
    """What a cell must show, so that a client cannot pass with anything but an answer to its own question."""
    if cell == "error":
        thrown = client.error("no-such-model", QUESTION)
        assert thrown is not None and thrown["status"] == 404 and "no-such-model" in thrown["text"], thrown
        return
    told = getattr(client, cell)(model, QUESTION)
    assert told["tokens"] > 0 and told["finish"], told
    if cell == "structured":
        city = json.loads(told["text"])
        assert set(city) == {"city", "inhabitants"} and isinstance(city["city"], str) and isinstance(city["inhabitants"], int), told
        return
    assert says in told["text"], told
    if cell in ("call_tools", "stream_tools"):
        assert told["tool"] == vendors.TOOL and set(told["arguments"]) == {"city"} and isinstance(told["arguments"]["city"], str), told
        assert vendors.TOOL_RESULT in told["text"], told
        return
    assert QUESTION in told["text"], told
    assert cell != "image" or "I looked at your image." in told["text"], told


def try_cell(client, cell, model, says):
    why = impossible(client, cell, model)
    if why is not None:
        return f"– {why}"
    try:
        judge(client, cell, model, says)
        return "ok"
    except Exception as failure:  # whatever a client throws is a failed cell, and the others go on
        print(f"failed: {client.name}, {model}, {cell}: {type(failure).__name__}: {failure}")
        return "failed"


def table(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip() for row in rows)


def run():
    add_local_model()
    pair = post("/api/v1/keys", {"name": "boto3 matrix", "scopes": ["invoke"], "aws": True})["aws"]
    keyed = [vendors.OpenaiChat, vendors.OpenaiResponses, vendors.Anthropic, vendors.Google]
    clients = [make(URL, KEY) for make in keyed] + [vendors.Boto3(URL, pair)]
    with ThreadPoolExecutor(8) as pool:
        tried = [
            (client.name, family, [pool.submit(try_cell, client, cell, model, says) for cell in CELLS])
            for client in clients
            for family, model, says in FAMILIES
        ]
        rows = [[name, family, *(cell.result() for cell in cells)] for name, family, cells in tried]
    print(table([["client", "provider", *CELLS], *rows]))
    if any(cell == "failed" for row in rows for cell in row):
        raise SystemExit("failed: the matrix has failed cells")
    print(f"ok: {len(rows) * len(CELLS)} cells of the matrix")
