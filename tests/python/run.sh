#!/usr/bin/env bash
# The vendors' Python SDKs, unchanged, against a sandbox of our own, and a second simulator as an OpenAI-compatible server
# behind it. Needs `openai`, `anthropic`, `google-genai` and `boto3` in the python3 on PATH.
set -eu
cd "$(dirname "$0")/../.."
data=$(mktemp -d)
log=$data/log
pids=
trap '[ -z "$pids" ] || { kill $pids 2>/dev/null; wait $pids 2>/dev/null; }; rm -rf "$data"' EXIT

# start COMMAND PORT: in the background, with its output in the log.
start() {
  node_modules/.bin/node packages/pointsman/src/main.ts "$1" --port "$2" --data-dir "$data/$1" >>"$log" 2>&1 &
  pids="$pids $!"
}

# await URL: until it answers.
await() {
  for _ in $(seq 600); do
    curl --silent --fail --output /dev/null "$1" && return
    kill -0 "$!" 2>/dev/null || break
    sleep 0.1
  done
  cat "$log"
  exit 1
}

compatible=$(python3 tests/python/free_port.py)
start simulate "$compatible"
await "http://127.0.0.1:$compatible/v1/models"
port=$(python3 tests/python/free_port.py)
export POINTSMAN_OPENAI_COMPATIBLE='[{"id":"local","baseUrl":"http://127.0.0.1:'$compatible'/v1"}]'
start sandbox "$port"
await "http://127.0.0.1:$port/readyz"
POINTSMAN_URL="http://127.0.0.1:$port" POINTSMAN_SERVICE_KEY="$(cat "$data/sandbox/service.key")" python3 tests/python/clients.py || { tail -n 50 "$log"; exit 1; }
