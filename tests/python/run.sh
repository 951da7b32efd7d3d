#!/usr/bin/env bash
# The vendors' Python SDKs, unchanged, against a sandbox of our own. Needs `openai`, `anthropic`, `google-genai` and `boto3` in the python3 on PATH.
set -eu
cd "$(dirname "$0")/../.."
data=$(mktemp -d)
log=$data/log
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
node_modules/.bin/node packages/pointsman/src/main.ts sandbox --port "$port" --data-dir "$data/pointsman" >"$log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; rm -rf "$data"' EXIT
for _ in $(seq 600); do
  curl --silent --fail --output /dev/null "http://127.0.0.1:$port/readyz" && break
  kill -0 "$server" 2>/dev/null || { cat "$log"; exit 1; }
  sleep 0.1
done
POINTSMAN_URL="http://127.0.0.1:$port" POINTSMAN_SERVICE_KEY="$(cat "$data/pointsman/service.key")" python3 tests/python/clients.py || { tail -n 50 "$log"; exit 1; }
