# Sourced by the two scripts beside it: finds the server and the key, posts one action, fails with the server's own words.

server_url=${POINTSMAN_URL:-${SUPABASE_URL:-http://127.0.0.1:7070}}
server_url=${server_url%/}
service_key=${SUPABASE_SERVICE_KEY:-${POINTSMAN_SERVICE_KEY:-}}

require_key() {
  if [ -z "$service_key" ]; then
    echo "❌ Error: SUPABASE_SERVICE_KEY environment variable not set" >&2
    exit 1
  fi
}

# json NAME VALUE [NAME VALUE …]: one JSON object of strings. Node does the quoting, so that no reason or id can break out of it.
json() {
  node -e 'const o = {}; const a = process.argv.slice(1); for (let i = 0; i < a.length; i += 2) o[a[i]] = a[i + 1]; process.stdout.write(JSON.stringify(o))' -- "$@"
}

# call FUNCTION BODY: prints the answer. The key goes through curl's standard input, never through its arguments, which any user of this machine could read.
call() {
  answer=$(
    printf 'header = "Authorization: Bearer %s"\n' "$service_key" |
      curl --silent --show-error --max-time 60 --config - --header 'Content-Type: application/json' \
        --data-binary "$2" "$server_url/functions/v1/$1"
  ) || {
    echo "❌ Error: no answer from $server_url. Is the server running? Start one with: npm run sandbox" >&2
    exit 1
  }
  printf '%s' "$answer" | node -e '
    let text = ""
    process.stdin.on("data", (chunk) => (text += chunk)).on("end", () => {
      let answer
      try { answer = JSON.parse(text) } catch { console.error("❌ Error: the server did not answer with JSON: " + text.slice(0, 200)); process.exit(1) }
      if (answer.success) { process.stdout.write(text); return }
      const message = answer.error?.message ?? text.slice(0, 200)
      const unauthorised = /_key$/.test(answer.error?.code ?? "")
      console.error("❌ Error: " + message + (unauthorised ? " Check SUPABASE_SERVICE_KEY." : ""))
      process.exit(1)
    })' || exit 1
}
