import { isBuiltin } from 'node:module'
import ts from 'typescript'

import { importsOf } from './imports.ts'
import { everyNode, findIn, lineOf, withoutAllowed } from './source.ts'
import type { Source } from './source.ts'
import { isTest, roomOf } from './tree.ts'
import type { Finding, Tree } from './tree.ts'

export const pureRooms: readonly string[] = ['core', 'wire']

/** Names through which a pure room would reach the clock, chance, the network or the machine. */
export const impureGlobals: readonly string[] = [
  ...[
    'process',
    'Buffer',
    'Date',
    'Temporal',
    'performance',
    'crypto',
    'console',
    'fetch',
    'WebSocket',
    'EventSource',
  ],
  ...['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate'],
  ...['queueMicrotask', 'XMLHttpRequest', 'navigator', 'localStorage', 'sessionStorage', 'BroadcastChannel'],
  ...[
    'globalThis',
    'global',
    'window',
    'self',
    'require',
    'module',
    '__dirname',
    '__filename',
    'eval',
    'Function',
  ],
]

/**
 * `core` and `wire` import nothing of Node and touch no global that differs between two runs. A name that the
 * file itself declares is its own; lint, which knows scopes, is the second net.
 */
export function checkPurity(tree: Tree): readonly Finding[] {
  const isPure = (path: string): boolean => pureRooms.includes(roomOf(path) ?? '') && !isTest(path)
  return withoutAllowed(findIn(tree, isPure, checkSource), tree)
}

function checkSource(source: Source): readonly Finding[] {
  const findings: Finding[] = []
  const room = roomOf(source.path)
  const find = (line: number, what: string): void => {
    const says = `${what}: ${room} is pure, clock, chance, network and machine are handed in`
    findings.push({ path: source.path, line, law: 'purity', says })
  }
  for (const { specifier, line } of importsOf(source))
    if (isBuiltin(specifier)) find(line, `imports ${specifier}`)
  const declared = declaredNames(source)
  everyNode(source, (node) => {
    const name = impureName(node)
    if (name !== null && !declared.has(name)) find(lineOf(source, node), `uses ${name}`)
  })
  return findings
}

function impureName(node: ts.Node): string | null {
  if (ts.isPropertyAccessExpression(node) && node.getText() === 'Math.random') return 'Math.random'
  if (ts.isMetaProperty(node)) return node.getText()
  if (!ts.isIdentifier(node) || !impureGlobals.includes(node.text)) return null
  return isNameOfProperty(node) ? null : node.text
}

/** `ports.crypto`, `{ crypto: … }` and `type T = { crypto: … }` say a property's name, not the global. */
function isNameOfProperty(node: ts.Identifier): boolean {
  const parent = node.parent
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node
  if (ts.isQualifiedName(parent)) return parent.right === node
  if (ts.isShorthandPropertyAssignment(parent)) return false
  return 'name' in parent && parent.name === node
}

function declaredNames(source: Source): ReadonlySet<string> {
  const names = new Set<string>()
  everyNode(source, (node) => {
    const declares =
      ts.isVariableDeclaration(node) ||
      ts.isParameter(node) ||
      ts.isBindingElement(node) ||
      ts.isImportSpecifier(node) ||
      ts.isFunctionDeclaration(node)
    if (declares && node.name && ts.isIdentifier(node.name)) names.add(node.name.text)
  })
  return names
}
