"""Keys of providers from AWS Secrets Manager, judged by an independent one (moto) and by AWS's own client for Python.
Run from the repository's root: python3 tests/python/secrets_manager.py"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
from moto.server import ThreadedMotoServer

from free_port import free_port

REGION = "eu-central-1"
SECRET = "/ai-agent/llm-secrets/prod"
SERVICE_KEY = "a service key of this test"


def check(what, holds, evidence=""):
    print(f"{'✅' if holds else '❌'} {what}{'' if holds else f': {evidence}'}", flush=True)
    if not holds:
        sys.exit(1)


presented = []


class Vendor(BaseHTTPRequestHandler):
    """Speaks OpenAI's chat, and notes the keys that it is shown."""

    def do_POST(self):
        presented.append(self.headers["authorization"].removeprefix("Bearer "))
        self.rfile.read(int(self.headers["content-length"]))
        body = json.dumps(
            {
                "id": "c",
                "object": "chat.completion",
                "created": 1,
                "model": "gpt-4o",
                "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
            }
        ).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


vendor = ThreadingHTTPServer(("127.0.0.1", 0), Vendor)
threading.Thread(target=vendor.serve_forever, daemon=True).start()
moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
moto.start()
endpoint = "http://{}:{}".format(*moto.get_host_and_port())
credentials = {"aws_access_key_id": "AKIAEXAMPLE", "aws_secret_access_key": "secret"}
client = boto3.client("secretsmanager", region_name=REGION, endpoint_url=endpoint, **credentials)
client.create_secret(Name=SECRET, SecretString=json.dumps({"OPENAI_API_KEY": "sk-first-of-the-secret"}))

folder = tempfile.mkdtemp()
port = free_port()
url = f"http://127.0.0.1:{port}"
kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "OPENAI_", "POINTSMAN_"))}
environment = {
    **kept,
    "POINTSMAN_ENV": "prod",
    "POINTSMAN_SECRETS_MANAGER": "on",
    "POINTSMAN_SERVICE_KEY": SERVICE_KEY,
    "POINTSMAN_URL": url,
    "AWS_REGION": REGION,
    "AWS_ENDPOINT_URL_SECRETS_MANAGER": endpoint,
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "OPENAI_BASE_URL": f"http://127.0.0.1:{vendor.server_port}/v1",
    "OPENAI_API_KEY": "sk-of-the-variable",
}
node = ["node_modules/.bin/node", "packages/pointsman/src/main.ts"]
log = open(os.path.join(folder, "log"), "w+")


def output():
    log.flush()
    with open(log.name) as written:
        return written.read()


def start():
    process = subprocess.Popen(
        [*node, "serve", "--port", str(port), "--data-dir", folder], env=environment, stdout=log, stderr=log
    )
    for _ in range(900):
        try:
            urllib.request.urlopen(f"{url}/readyz").read()
            return process
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.1)
    sys.exit(f"the server did not start: {output()}")


def ask(path, body=None):
    request = urllib.request.Request(
        f"{url}{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"authorization": f"Bearer {SERVICE_KEY}", "content-type": "application/json"},
    )
    return json.loads(urllib.request.urlopen(request).read())


def called_with():
    ask("/v1/chat/completions", {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]})
    return presented[-1]


server = start()
try:
    check("the secret's key is called with, before the variable's", called_with() == "sk-first-of-the-secret", presented)
    shown = ask("/api/v1/providers/openai")
    check("and shown by its source", (shown["keySource"], shown["keyFrom"]) == ("secrets-manager", SECRET), shown)

    policy = json.dumps(ask("/api/v1/iam/policy?account=123456789012")["policy"])
    arn = f"arn:aws:secretsmanager:{REGION}:123456789012:secret:{SECRET}-??????"
    check("the policy for the role lets it be read", arn in policy, policy)

    client.put_secret_value(SecretId=SECRET, SecretString=json.dumps({"OPENAI_API_KEY": "sk-second-of-the-secret"}))
    begun = time.monotonic()
    while called_with() != "sk-second-of-the-secret" and time.monotonic() - begun < 60:
        time.sleep(1)
    check("a new version is called with within a minute, without a restart", presented[-1] == "sk-second-of-the-secret")

    moto.stop()
    begun, notes = time.monotonic(), []
    while not any(SECRET in note for note in notes) and time.monotonic() - begun < 60:
        time.sleep(1)
        notes = json.loads(urllib.request.urlopen(f"{url}/readyz").read())["notes"]
    check("a service that is away is told of", any(SECRET in note for note in notes), notes)
    check("the last good key stays", called_with() == "sk-second-of-the-secret")

    server.terminate()
    server.wait()
    server = start()
    check("over a restart, too", called_with() == "sk-second-of-the-secret", presented[-1])
    server.terminate()
    server.wait()
    found = [
        os.path.join(path, name)
        for path, _, names in os.walk(folder)
        for name in names
        if b"-of-the-secret" in open(os.path.join(path, name), "rb").read()
    ]
    check("the keys stand in no file", found == [], found)
    doctor = subprocess.run(
        [*node, "doctor", "--data-dir", folder], env=environment, capture_output=True, text=True
    ).stdout
    check("the doctor tells that it is away", "secrets manager" in doctor and SECRET in doctor, doctor)
finally:
    server.kill()
