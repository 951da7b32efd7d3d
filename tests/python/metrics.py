"""What a real server publishes, judged by programs of others: moto's CloudWatch, the parsers of Prometheus,
the messages of OpenTelemetry. Run from the repository's root: python3 tests/python/metrics.py"""

import base64
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import yaml
from google.protobuf.json_format import ParseDict
from moto.server import ThreadedMotoServer
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as prometheus

from free_port import free_port

REGION = "eu-central-1"
CALLS = 25
MODEL = "eu.amazon.nova-micro-v1:0"


def check(what, holds, evidence=""):
    print(f"{'✅' if holds else '❌'} {what}{'' if holds else f': {evidence}'}", flush=True)
    if not holds:
        sys.exit(1)


received = []


class Receiver(BaseHTTPRequestHandler):
    """An OTLP receiver."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        received.append((self.path, body))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


def start_server(folder, environment):
    port = free_port()
    log = open(os.path.join(folder, "log"), "w+")
    process = subprocess.Popen(
        ["node_modules/.bin/node", "packages/pointsman/src/main.ts", "sandbox", "--port", str(port), "--data-dir", folder],
        env={**os.environ, **environment},
        stdout=log,
        stderr=log,
    )
    url = f"http://127.0.0.1:{port}"
    for _ in range(600):
        try:
            urllib.request.urlopen(f"{url}/readyz").read()
            return process, url
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.1)
    log.seek(0)
    sys.exit(f"the server did not start: {log.read()}")


def ask(url, key, path, body=None, headers=None):
    request = urllib.request.Request(
        f"{url}{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"authorization": f"Bearer {key}", "content-type": "application/json", **(headers or {})},
    )
    return urllib.request.urlopen(request).read().decode()


def with_base64_ids(value):
    """OTLP's JSON has ids in hexadecimal where protobuf's own has base64; all else is the same."""
    if isinstance(value, list):
        return [with_base64_ids(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: base64.b64encode(bytes.fromhex(one)).decode()
        if name in ("traceId", "spanId", "parentSpanId")
        else with_base64_ids(one)
        for name, one in value.items()
    }


def judge_scrape(url, key):
    families = {one.name: one for one in prometheus(ask(url, key, "/metrics"))}
    served = [
        sample.value
        for sample in families["pointsman_model_invocations"].samples
        if sample.labels.get("route") == "use-case/operations"
    ]
    check("Prometheus' text parser reads the scrape", sum(served) == CALLS, served)
    text = ask(url, key, "/metrics", headers={"accept": "application/openmetrics-text;version=1.0.0"})
    histogram = next(one for one in openmetrics(text) if one.name == "pointsman_model_latency_seconds")
    counts = [sample.value for sample in histogram.samples if sample.name.endswith("_count")]
    check("its OpenMetrics parser reads the other form", sum(counts) == CALLS, counts)


def judge_cloudwatch(cloudwatch, cost_usd):
    now = datetime.now(timezone.utc)
    both = [{"Name": "Agent", "Value": "none"}, {"Name": "Model", "Value": MODEL}]
    success = [*both, {"Name": "Success", "Value": "true"}]
    asked = {
        "invocations": ("ModelInvocations", success),
        "cost": ("ModelCost", both),
        "latency": ("ModelLatency", both),
        "output": ("OutputTokens", both),
    }
    answer = cloudwatch.get_metric_data(
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(minutes=5),
        MetricDataQueries=[
            {
                "Id": name,
                "MetricStat": {
                    "Metric": {"Namespace": "acme/Models", "MetricName": metric, "Dimensions": dimensions},
                    "Period": 60,
                    "Stat": "Sum",
                },
            }
            for name, (metric, dimensions) in asked.items()
        ],
    )
    sums = {one["Id"]: sum(one["Values"]) for one in answer["MetricDataResults"]}
    check("GetMetricData gives the invocations back", sums["invocations"] == CALLS, sums)
    check("and their cost, to the nano-dollar", abs(sums["cost"] - cost_usd) < 1e-9, (sums, cost_usd))
    check("and latencies and tokens", sums["latency"] > 0 and sums["output"] > 0, sums)


def resolved(node, values):
    """CloudFormation's short forms that the template uses."""
    if isinstance(node, list):
        return [resolved(one, values) for one in node]
    if not isinstance(node, dict):
        return node
    for tag, arguments in node.items():
        if tag == "!Ref":
            return values.get(arguments)
        if tag == "!Sub":
            return re.sub(r"\$\{([\w:]+)\}", lambda found: str(values[found[1]]), arguments)
        if tag == "!If":
            return None
    return {name: told for name, one in node.items() if (told := resolved(one, values)) is not None}


def read_template():
    loader = type("Loader", (yaml.SafeLoader,), {})
    construct = lambda loader, tag, node: {  # noqa: E731
        f"!{tag}": loader.construct_sequence(node, deep=True)
        if isinstance(node, yaml.SequenceNode)
        else loader.construct_scalar(node)
    }
    loader.add_multi_constructor("!", construct)
    with open("aws-deployment/monitoring.yaml") as file:
        return yaml.load(file, loader)


def judge_template(cloudwatch):
    """moto's CloudFormation knows no alarms: its CloudWatch is given them, past boto3's own check of their shape."""
    template = read_template()
    values = {name: one.get("Default") for name, one in template["Parameters"].items()}
    values |= {"AWS::Region": REGION, "Dashboard": "pointsman-models"}
    for one in template["Resources"].values():
        properties = resolved(one["Properties"], values)
        if one["Type"] == "AWS::CloudWatch::Alarm":
            cloudwatch.put_metric_alarm(**properties)
        else:
            cloudwatch.put_dashboard(**properties)
    alarms = [one["AlarmName"] for one in cloudwatch.describe_alarms()["MetricAlarms"]]
    check("the template's alarms are taken", len(alarms) == 3, alarms)
    body = json.loads(cloudwatch.get_dashboard(DashboardName="pointsman-models")["DashboardBody"])
    check("and its dashboard", len(body["widgets"]) == 6, body)


def judge_otlp():
    spans = []
    metrics = set()
    for path, body in received:
        if path == "/v1/traces":
            request = ParseDict(with_base64_ids(body), ExportTraceServiceRequest())
            spans += [span for one in request.resource_spans for scope in one.scope_spans for span in scope.spans]
        else:
            request = ParseDict(body, ExportMetricsServiceRequest())
            metrics |= {m.name for one in request.resource_metrics for s in one.scope_metrics for m in s.metrics}
    check("OpenTelemetry's messages take the spans", len(spans) == 2 * CALLS, len(spans))
    ids = {span.trace_id.hex() for span in spans}
    check("all in the caller's trace", ids == {"0af7651916cd43dd8448eb211c80319c"}, ids)
    check("and the metrics", {"gen_ai.client.operation.duration", "pointsman.model.cost"} <= metrics, metrics)


def main():
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=free_port(), verbose=False)
    moto.start()
    endpoint = "http://%s:%s" % moto.get_host_and_port()
    receiver = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    os.environ.update(AWS_ACCESS_KEY_ID="AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY="secret", AWS_REGION=REGION)
    with tempfile.TemporaryDirectory() as folder:
        process, url = start_server(
            folder,
            {
                "POINTSMAN_CLOUDWATCH": "put",
                "POINTSMAN_PROJECT_PREFIX": "acme",
                "AWS_ENDPOINT_URL_CLOUDWATCH": endpoint,
                "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{receiver.server_port}",
            },
        )
        try:
            with open(os.path.join(folder, "service.key")) as file:
                key = file.read().strip()
            chat = {"model": "use-case/operations", "messages": [{"role": "user", "content": "Hello"}]}
            parent = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
            for _ in range(CALLS):
                ask(url, key, "/v1/chat/completions", chat, parent)
            judge_scrape(url, key)
            time.sleep(1.5)
            records = json.loads(ask(url, key, "/api/v1/usage/records?limit=1000"))["data"]
            cost_usd = sum(one["costNanoUsd"] for one in records) / 1e9
            check("every request is in the records", len(records) == CALLS, len(records))
        finally:
            process.terminate()
            process.wait(30)
        cloudwatch = boto3.client("cloudwatch", region_name=REGION, endpoint_url=endpoint)
        judge_cloudwatch(cloudwatch, cost_usd)
    judge_otlp()
    judge_template(cloudwatch)
    receiver.shutdown()
    moto.stop()


main()
