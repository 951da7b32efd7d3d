#!/bin/sh
# Makes index.mjs out of the repository that this folder is part of.
set -eu
cd "$(dirname "$0")/../.."
[ -x node_modules/.bin/rolldown ] || npm ci --no-audit --no-fund
exec node_modules/.bin/node tools/build-lambda.ts
