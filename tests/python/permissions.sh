#!/usr/bin/env bash
# The set-up of Bedrock's permissions with AWS's own command line against an independent IAM (moto).
# Needs `awscli` and `moto[server]` in the Python on PATH.
set -eu
cd "$(dirname "$0")/../.."
log=$(mktemp)
port=$(python3 tests/python/free_port.py)
moto_server -H 127.0.0.1 -p "$port" >"$log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; rm -f "$log"' EXIT
export AWS_ENDPOINT_URL="http://127.0.0.1:$port" AWS_ACCESS_KEY_ID=a AWS_SECRET_ACCESS_KEY=b AWS_DEFAULT_REGION=eu-central-1
for _ in $(seq 300); do
  curl --silent --fail --output /dev/null "$AWS_ENDPOINT_URL/moto-api/" && break
  kill -0 "$server" || { cat "$log"; exit 1; }
  sleep 0.1
done

fail() {
  echo "permissions: $1"
  exit 1
}
script=aws-deployment/setup-bedrock-permissions.sh
trust='{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}}'

! "$script" >"$log" 2>&1 || fail 'a role that is not there was set up'
aws iam create-role --role-name medzen-bedrock-lambda --assume-role-policy-document "$trust" >/dev/null
# moto's Bedrock lists no models: that last step is the stand-in's of tests/bedrock-permissions.test.ts.
"$script" >"$log" 2>&1 || grep -q 'models cannot be listed' "$log" || { cat "$log"; fail 'it was not applied'; }
grep -q 'is applied' "$log" || { cat "$log"; fail 'it does not say that it was applied'; }
aws iam get-role-policy --role-name medzen-bedrock-lambda --policy-name bedrock-models-access --output json |
  grep -q ':123456789012:inference-profile/eu.anthropic' || fail 'the policy is not of this account'
"$script" >"$log" 2>&1 || true
grep -q 'nothing was changed' "$log" || { cat "$log"; fail 'the second run changed something'; }
echo 'permissions: applied, read back, unchanged the second time'
