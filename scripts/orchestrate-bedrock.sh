#!/bin/sh
# Lists, validates and switches models over HTTP. Needs a shell, curl and Node; SUPABASE_URL or POINTSMAN_URL names the server.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
. "$here/server.sh"

usage() {
  cat <<'TEXT'
Usage: orchestrate-bedrock.sh COMMAND
  list                      all models with their costs
  use-case NAME             the models of a use case, best first
  validate ID               whether a model can be switched to
  switch ID [REASON]        make it the global default
  auto-switch USE_CASE      move a use case to its best model
  clear-cache               every replica reloads
Environment: SUPABASE_SERVICE_KEY (or POINTSMAN_SERVICE_KEY), SUPABASE_URL or POINTSMAN_URL (http://127.0.0.1:7070)
TEXT
}

need() {
  if [ -z "${2:-}" ]; then
    echo "❌ Error: $1 is missing" >&2
    usage >&2
    exit 2
  fi
}

orchestrate() { call orchestrate-bedrock-models "$1"; }

command=${1:-}
case "$command" in
  '' | help | -h | --help)
    usage
    [ -n "$command" ] || exit 2
    exit 0
    ;;
esac
require_key

case "$command" in
  list)
    answer=$(orchestrate "$(json action list-all)")
    printf '%s' "$answer" | node "$here/print.mjs" models
    ;;
  use-case)
    need 'The use case' "${2:-}"
    answer=$(orchestrate "$(json action get-for-use-case useCase "$2")")
    echo "Models for $2, best first:"
    printf '%s' "$answer" | node "$here/print.mjs" use-case
    ;;
  validate)
    need 'The model id' "${2:-}"
    echo "🔍 Validating $2..."
    answer=$(orchestrate "$(json action validate modelId "$2")")
    printf '%s' "$answer" | node "$here/print.mjs" validate
    ;;
  switch)
    need 'The model id' "${2:-}"
    echo "🔄 Switching to model: $2..."
    if [ -n "${3:-}" ]; then body=$(json action switch modelId "$2" reason "$3"); else body=$(json action switch modelId "$2"); fi
    answer=$(orchestrate "$body")
    printf '%s' "$answer" | node "$here/print.mjs" switch
    ;;
  auto-switch)
    need 'The use case' "${2:-}"
    echo "🤖 Choosing the best model for $2..."
    answer=$(orchestrate "$(json action auto-switch useCase "$2")")
    printf '%s' "$answer" | node "$here/print.mjs" switch
    ;;
  clear-cache)
    answer=$(orchestrate "$(json action clear-cache)")
    printf '%s' "$answer" | node "$here/print.mjs" clear-cache
    ;;
  *)
    echo "❌ Error: unknown command: $command" >&2
    usage >&2
    exit 2
    ;;
esac
