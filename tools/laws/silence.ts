import ts from 'typescript'

import { everyNode, findIn, lineOf, withoutAllowed } from './source.ts'
import type { Source } from './source.ts'
import { isTest } from './tree.ts'
import type { Finding, Tree } from './tree.ts'

/**
 * A failure that may be ignored is counted, or named in an exception. Lint's rule takes a comment in an empty block for an
 * answer, and does not look at promises.
 */
export function checkSilence(tree: Tree): readonly Finding[] {
  const isProgram = (path: string): boolean =>
    /^(?:packages|examples|scripts|catalogue)\//.test(path) && !isTest(path)
  return withoutAllowed(findIn(tree, isProgram, checkSource), tree)
}

function checkSource(source: Source): readonly Finding[] {
  const findings: Finding[] = []
  everyNode(source, (node) => {
    if (!isSilent(node)) return
    const says = 'a failure is lost in silence: count it, tell it, or let it pass on'
    findings.push({ path: source.path, line: lineOf(source, node), law: 'silence', says })
  })
  return findings
}

/** `catch {}`, `.catch(() => {})` and `.catch(() => undefined)`. */
function isSilent(node: ts.Node): boolean {
  if (ts.isCatchClause(node)) return node.block.statements.length === 0
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false
  return node.expression.name.text === 'catch' && node.arguments.some(saysNothing)
}

function saysNothing(handler: ts.Node): boolean {
  if (!ts.isArrowFunction(handler)) return false
  const { body } = handler
  return ts.isBlock(body) ? body.statements.length === 0 : ts.isIdentifier(body) && body.text === 'undefined'
}
