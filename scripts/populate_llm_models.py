"""Seed 003's command line: python scripts/populate_llm_models.py [ENVIRONMENT] [--dry-run]. What it does stands beside it, in TypeScript."""

import os
import sys

here = os.path.dirname(os.path.abspath(__file__))
# The repository's own Node: the machine's may be too old to read TypeScript.
own = os.path.join(here, "..", "node_modules", ".bin", "node")
node = own if os.path.exists(own) else "node"
os.execvp(node, [node, os.path.join(here, "populate_llm_models.ts"), *sys.argv[1:]])
