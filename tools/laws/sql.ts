import ts from 'typescript'

import { everyNode, lineOf, parseTree, withoutAllowed } from './source.ts'
import { isTest, roomOf } from './tree.ts'
import type { Finding, Tree } from './tree.ts'

/**
 * Only `registry` and `supabase/` say SQL. A heuristic on how literals begin: the key word stands in one case
 * throughout and is followed by what SQL has there, so that "Update the key" and "DELETE /keys" are not meant.
 */
export function checkSql(tree: Tree): readonly Finding[] {
  const findings: Finding[] = []
  const sources = parseTree(tree, (path) => ![null, 'registry'].includes(roomOf(path)) && !isTest(path))
  for (const source of sources) {
    everyNode(source, (node) => {
      if (!isText(node) || !saysSql(textOf(node))) return
      const says = 'SQL is said only in registry and supabase/: make it a query there'
      findings.push({ path: source.path, line: lineOf(source, node), law: 'sql', says })
    })
  }
  return withoutAllowed(findings, tree)
}

function isText(node: ts.Node): node is ts.StringLiteralLike | ts.TemplateExpression {
  return ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)
}

/** Placeholders read as a name, so that the words around them keep their places. */
function textOf(node: ts.StringLiteralLike | ts.TemplateExpression): string {
  if (ts.isStringLiteralLike(node)) return node.text
  return node.head.text + node.templateSpans.map((span) => `name${span.literal.text}`).join('')
}

const statements: readonly RegExp[] = [
  /^\s*SELECT\s/,
  /^\s*select\s[\s\S]+\sfrom\s/,
  /^\s*(INSERT\s+INTO|insert\s+into)\s/,
  /^\s*(UPDATE\s[\s\S]+\sSET|update\s[\s\S]+\sset)\s/,
  /^\s*(DELETE\s+FROM|delete\s+from)\s/,
  /^\s*(WITH\s[\s\S]+\sAS|with\s[\s\S]+\sas)\s+\(/,
  /^\s*(CREATE|ALTER|DROP|create|alter|drop)\s+(or replace\s+)?(table|view|index|schema|role|function|trigger|type)\s/i,
  /^\s*(NOTIFY|LISTEN|UNLISTEN|TRUNCATE|GRANT|REVOKE)\s+["\w]/,
  /^\s*SET\s+(LOCAL|SESSION|ROLE)\s/,
]

function saysSql(text: string): boolean {
  return statements.some((statement) => statement.test(text))
}
