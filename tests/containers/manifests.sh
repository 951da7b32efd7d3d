#!/usr/bin/env bash
# The manifests against Kubernetes' own schemas. Needs `kubernetes-validate` in the Python on PATH.
set -eu
cd "$(dirname "$0")/../../deploy/kubernetes"
for manifest in *.yaml; do
  # Read by Kustomize and never sent to a cluster.
  if [ "$manifest" != kustomization.yaml ]; then kubernetes-validate --strict --quiet "$manifest"; fi
done
# A manifest that Kustomize is not told of is never applied.
listed=$(sed -n 's/^  - \(.*\.yaml\)$/\1/p' kustomization.yaml | sort)
there=$(find . -name '*.yaml' ! -name kustomization.yaml -printf '%P\n' | sort)
[ "$listed" = "$there" ] || { printf 'not all manifests are listed:\n%s\n' "$there"; exit 1; }
