"""DynamoDB tables followed and written back, judged by an independent DynamoDB (moto) and by AWS's own client for Python.
Run from the repository's root: python3 tests/python/dynamodb.py"""

import json
import logging
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from decimal import Decimal

import boto3
from moto.server import ThreadedMotoServer

from free_port import free_port

REGION = "eu-central-1"
SERVICE_KEY = "service-key-of-this-test"
PRO, LITE, MICRO = (f"eu.amazon.nova-{size}-v1:0" for size in ("pro", "lite", "micro"))


def check(what, holds, evidence=""):
    print(f"{'✅' if holds else '❌'} {what}{'' if holds else f': {evidence}'}", flush=True)
    if not holds:
        sys.exit(1)


# Each look would be a line of its own.
logging.getLogger("werkzeug").setLevel(logging.ERROR)
moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
moto.start()
endpoint = "http://{}:{}".format(*moto.get_host_and_port())
credentials = {"aws_access_key_id": "AKIAEXAMPLE", "aws_secret_access_key": "secret"}
dynamodb = boto3.resource("dynamodb", region_name=REGION, endpoint_url=endpoint, **credentials)

folder = tempfile.mkdtemp()
port = free_port()
url = f"http://127.0.0.1:{port}"
kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "POINTSMAN_"))}
environment = {
    **kept,
    "POINTSMAN_DYNAMODB_MODELS": "on",
    "POINTSMAN_DYNAMODB_AGENTS": "on",
    "POINTSMAN_DYNAMODB_WRITE_BACK": "on",
    "POINTSMAN_SERVICE_KEY": SERVICE_KEY,
    "POINTSMAN_URL": url,
    "AWS_REGION": REGION,
    "AWS_ENDPOINT_URL_DYNAMODB": endpoint,
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret",
}
node = ["node_modules/.bin/node", "packages/pointsman/src/main.ts"]
log = open(os.path.join(folder, "log"), "w+")


def run(*command):
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    return done.stdout + done.stderr


def populate(*options):
    return run(sys.executable, "scripts/populate_llm_models.py", *options)


def start():
    process = subprocess.Popen(
        [*node, "sandbox", "--port", str(port), "--data-dir", folder], env=environment, stdout=log, stderr=log
    )
    for _ in range(900):
        try:
            urllib.request.urlopen(f"{url}/readyz").read()
            return process
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.1)
    log.flush()
    sys.exit(f"the server did not start: {open(log.name).read()}")


def ask(path, body=None):
    request = urllib.request.Request(
        f"{url}{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"authorization": f"Bearer {SERVICE_KEY}", "content-type": "application/json"},
    )
    return urllib.request.urlopen(request)


def told(path, body=None):
    return json.loads(ask(path, body).read())


def served(route):
    """The model that answers a chat; none while the route is not there."""
    try:
        answer = ask("/v1/chat/completions", {"model": route, "messages": [{"role": "user", "content": "Hi"}]})
        return answer.headers["x-pointsman-model"]
    except urllib.error.HTTPError as error:
        return f"status {error.code}"


def within(seconds, holds):
    begun = time.monotonic()
    while not holds() and time.monotonic() - begun < seconds:
        time.sleep(0.2)
    return holds()


def last_switch():
    row = told("/api/v1/switches?limit=1")["data"][0]
    return (row["scopeText"], row["toId"], row["actor"]["kind"], row["actor"]["id"])


def agent_item(name="sql_agent"):
    return agents.get_item(Key={"agent_name": name, "version": "v1.0"}, ConsistentRead=True)["Item"]


def edit(table, key, member, value):
    table.update_item(
        Key=key,
        UpdateExpression="SET #member = :value",
        ExpressionAttributeNames={"#member": member},
        ExpressionAttributeValues={":value": value},
    )


sql_agent = {"agent_name": "sql_agent", "version": "v1.0"}

filled = populate("--create-table", "--provider", "bedrock")
models = dynamodb.Table("LLMModels-dev")
item = models.get_item(Key={"pk": f"bedrock#{PRO}"})["Item"]
check(
    "and writes seed 003's items",
    set(item)
    == {
        *("pk", "provider", "model_id", "display_name", "input_price", "output_price", "max_tokens"),
        *("supports_tools", "supports_vision", "is_default"),
    }
    and (item["provider"], item["model_id"], item["is_default"]) == ("bedrock", PRO, True)
    and isinstance(item["input_price"], Decimal),
    f"{filled} {item}",
)
again = populate("--provider", "bedrock")
check("run again it changes nothing", "0 added, 0 changed" in again, again)

agents = dynamodb.create_table(
    TableName="AgentRegistry-dev",
    KeySchema=[{"AttributeName": "agent_name", "KeyType": "HASH"}, {"AttributeName": "version", "KeyType": "RANGE"}],
    AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("agent_name", "version")],
    BillingMode="PAY_PER_REQUEST",
)
others = {"system_prompt": "kept", "tools": ["a", {"cost": Decimal("0.5")}], "timeout": Decimal(3)}
agents.put_item(Item={**sql_agent, "llm_provider": "bedrock", "llm_model": LITE, **others})
agents.put_item(Item={"agent_name": "lost_agent", "version": "v1.0", "llm_provider": "bedrock", "llm_model": "no-model"})

server = start()
try:
    check("what the tables hold is taken over", within(15, lambda: served("agent/sql_agent") == LITE), served("agent/sql_agent"))
    status = run(*node, "follow", "status")
    check("an item that is wrong is told", "lost_agent" in status and "Model not found: no-model" in status, status)

    edit(agents, sql_agent, "llm_model", MICRO)
    check("an edit answers a chat within five seconds", within(5, lambda: served("agent/sql_agent") == MICRO))
    check("as a recorded switch", last_switch() == ("agent/sql_agent", MICRO, "table", "dynamodb:AgentRegistry-dev"), last_switch())

    told("/api/v1/switches", {"agent": "sql_agent", "modelId": PRO, "reason": "test"})
    check("a switch is written into the item", within(5, lambda: agent_item()["llm_model"] == PRO), agent_item())
    check("beside all that it holds", {name: agent_item()[name] for name in others} == others, agent_item())
    time.sleep(3)
    check("and is not taken for an edit", last_switch()[1:3] == (PRO, "service"), last_switch())

    edit(models, {"pk": f"bedrock#{LITE}"}, "is_default", True)
    check("the default of the table is the default", within(5, lambda: served("default") == LITE), served("default"))
    check(
        "of the table alone",
        within(5, lambda: not models.get_item(Key={"pk": f"bedrock#{PRO}"}, ConsistentRead=True)["Item"]["is_default"]),
    )
    edit(models, {"pk": f"bedrock#{MICRO}"}, "input_price", Decimal("0.05"))

    def price():
        return told(f"/api/v1/models/{MICRO}")["inputCostPerMTok"]

    check("a price of the table is a dated price", within(5, lambda: price() == 0.05), price())

    plan = run(*node, "agents", "import", "--dynamodb", "AgentRegistry-dev", "--dry-run")
    check("an import of what is followed has nothing to change but what it refuses", "1 refused. Nothing else to change." in plan, plan)

    server.terminate()
    server.wait()
    edit(agents, sql_agent, "llm_model", LITE)
    server = start()
    check("an edit while no server ran is not missed", within(15, lambda: served("agent/sql_agent") == LITE))
    records = told("/api/v1/switches?limit=50")["data"]
    count = sum(row["actor"]["id"] == "dynamodb:AgentRegistry-dev" for row in records)
    check("and nothing is taken twice", count == 3, records)

    agents.delete()

    def notes():
        return json.loads(urllib.request.urlopen(f"{url}/readyz").read())["notes"]

    check("a table that is gone is told of", within(10, lambda: any("ResourceNotFound" in note for note in notes())), notes())
    check("its agents go on", served("agent/sql_agent") == LITE)
    check("the chain of switches holds", told("/api/v1/switches/verify")["valid"])
    server.terminate()
    server.wait()
    doctor = run(*node, "doctor", "--data-dir", folder)
    check("the doctor tells of both tables", "LLMModels-dev: 25 models" in doctor and "AgentRegistry-dev" in doctor, doctor)
finally:
    server.kill()
