"""AWS as moto plays it, for a test in another language: a line of JSON in, a line of JSON out. Lambda alone is not moto's,
which would want a container: AWS_ENDPOINT_URL_LAMBDA names who stands for it."""

import json
import sys

import boto3
from moto import mock_aws
from moto.server import ThreadedMotoServer

# Its interpreter of state machines calls the other services of the same process.
mock_aws(config={"stepfunctions": {"execute_state_machine": True}, "core": {"passthrough": {"services": ["lambda"]}}}).start()
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(json.dumps("http://{}:{}".format(*server.get_host_and_port())), flush=True)

for line in sys.stdin:
    service, operation, arguments = json.loads(line)
    try:
        answer = getattr(boto3.client(service, region_name="eu-central-1"), operation)(**arguments)
        answer.pop("ResponseMetadata")
    except Exception as error:  # noqa: BLE001: whoever asked is told
        answer = {"failed": str(error)}
    print(json.dumps(answer, default=str), flush=True)
