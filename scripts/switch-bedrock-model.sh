#!/bin/sh
# Switches, enables and disables models over HTTP. Needs a shell, curl and Node; SUPABASE_URL or POINTSMAN_URL names the server.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
. "$here/server.sh"

usage() {
  cat <<'TEXT'
Usage: switch-bedrock-model.sh list | default | ID switch | ID enable | ID disable
Environment: SUPABASE_SERVICE_KEY (or POINTSMAN_SERVICE_KEY), SUPABASE_URL or POINTSMAN_URL (http://127.0.0.1:7070)
TEXT
}

manage() { call manage-bedrock-models "$1"; }

first=${1:-}
action=${2:-}
case "$first" in
  '' | help | -h | --help)
    usage
    [ -n "$first" ] || exit 2
    exit 0
    ;;
esac
require_key

case "$first" in
  list)
    answer=$(manage "$(json action list)")
    printf '%s' "$answer" | node "$here/print.mjs" models
    exit 0
    ;;
  default)
    answer=$(manage "$(json action default)")
    printf '%s' "$answer" | node "$here/print.mjs" default
    exit 0
    ;;
esac

case "$action" in
  switch)
    echo "🔄 Switching to model: $first..."
    manage "$(json action set-default model_id "$first")" >/dev/null
    echo "✅ Successfully switched to $first"
    answer=$(manage "$(json action list)")
    printf '%s' "$answer" | node "$here/print.mjs" details "$first"
    ;;
  enable)
    manage "$(json action enable model_id "$first")" >/dev/null
    echo "✅ Successfully enabled $first"
    ;;
  disable)
    manage "$(json action disable model_id "$first")" >/dev/null
    echo "✅ Successfully disabled $first"
    ;;
  *)
    echo "❌ Error: say what to do with $first: switch, enable or disable" >&2
    usage >&2
    exit 2
    ;;
esac
