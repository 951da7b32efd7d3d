import ts from 'typescript'

import { importsOf } from './imports.ts'
import { everyNode, findIn, lineOf, withoutAllowed } from './source.ts'
import type { Source } from './source.ts'
import { isTest, roomOf } from './tree.ts'
import type { Finding, Tree } from './tree.ts'

/** Who may do what only doors do. The gateway builds its server, `pointsman` makes it listen. */
const doors = {
  environment: {
    rooms: ['pointsman'],
    says: 'only pointsman reads the environment: take the value as an argument',
  },
  listening: { rooms: ['pointsman', 'simulator'], says: 'only pointsman and the simulator open ports' },
  server: {
    rooms: ['pointsman', 'simulator', 'gateway'],
    says: 'only the gateway and the doors build servers',
  },
} as const

type Door = keyof typeof doors

const serverModules = ['http', 'https', 'http2', 'net', 'tls'].flatMap((name) => [name, `node:${name}`])
const serverMakers = ['createServer', 'createSecureServer']

/** The environment is read, servers are built and ports opened only where the table above says. */
export function checkDoors(tree: Tree): readonly Finding[] {
  const isRoom = (path: string): boolean => roomOf(path) !== null && !isTest(path)
  return withoutAllowed(findIn(tree, isRoom, checkSource), tree)
}

function checkSource(source: Source): readonly Finding[] {
  const findings: Finding[] = []
  const imports = importsOf(source).map((found) => found.specifier)
  // A method named listen is a door only where a server can be at hand: the registry listens to notifications.
  const hasServer = imports.some((specifier) => serverModules.includes(specifier))
  everyNode(source, (node) => {
    const door = doorOf(node, hasServer)
    if (door === null) return
    const { rooms, says } = doors[door]
    if ((rooms as readonly string[]).includes(roomOf(source.path) ?? '')) return
    findings.push({ path: source.path, line: lineOf(source, node), law: 'doors', says })
  })
  return findings
}

function doorOf(node: ts.Node, hasServer: boolean): Door | null {
  if (readsEnvironment(node)) return 'environment'
  if (!ts.isCallExpression(node)) return null
  const called = ts.isPropertyAccessExpression(node.expression) ? node.expression.name : node.expression
  if (!ts.isIdentifier(called)) return null
  if (serverMakers.includes(called.text)) return 'server'
  return hasServer && called.text === 'listen' ? 'listening' : null
}

/** `process.env`, `process['env']`, `const { env } = process`, and `env` of node:process. */
function readsEnvironment(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) return isProcess(node.expression) && node.name.text === 'env'
  if (ts.isElementAccessExpression(node)) {
    return isProcess(node.expression) && /^['"`]env['"`]$/.test(node.argumentExpression.getText())
  }
  if (ts.isVariableDeclaration(node)) {
    return (
      node.initializer !== undefined && isProcess(node.initializer) && ts.isObjectBindingPattern(node.name)
    )
  }
  if (!ts.isImportSpecifier(node) || (node.propertyName ?? node.name).text !== 'env') return false
  return /['"](node:)?process['"]$/.test(node.parent.parent.parent.getText())
}

function isProcess(node: ts.Node): boolean {
  return /^(globalThis\.)?process$/.test(node.getText())
}
