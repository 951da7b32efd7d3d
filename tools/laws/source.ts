import ts from 'typescript'

import type { Finding, Tree } from './tree.ts'
import { isTypeScript } from './tree.ts'

/** A parsed file. */
export type Source = { readonly path: string; readonly text: string; readonly syntax: ts.SourceFile }

/**
 * Parses every TypeScript file that `wanted` picks, one at a time: syntax of the whole tree is a gigabyte, and to collect
 * around it took more than half of the laws' time.
 */
export function* parseTree(tree: Tree, wanted: (path: string) => boolean): Generator<Source, void> {
  for (const [path, text] of tree) {
    if (!isTypeScript(path) || !wanted(path)) continue
    // Parent pointers: the laws ask what an identifier is part of.
    yield { path, text, syntax: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true) }
  }
}

/** What `check` finds in the files that `wanted` picks. */
export function findIn(
  tree: Tree,
  wanted: (path: string) => boolean,
  check: (source: Source) => readonly Finding[],
): readonly Finding[] {
  const findings: Finding[] = []
  for (const source of parseTree(tree, wanted)) findings.push(...check(source))
  return findings
}

export function lineOf(source: Source, node: ts.Node): number {
  return source.syntax.getLineAndCharacterOfPosition(node.getStart(source.syntax)).line + 1
}

/** Calls `visit` for every node, outer ones first. */
export function everyNode(source: Source, visit: (node: ts.Node) => void): void {
  const step = (node: ts.Node): void => {
    visit(node)
    ts.forEachChild(node, step)
  }
  step(source.syntax)
}

/** The tokens that say something, with the white space and comments before each. */
export function everyToken(source: Source, visit: (token: ts.Node, before: ts.TextRange) => void): void {
  const step = (node: ts.Node): void => {
    if (node.kind >= ts.SyntaxKind.FirstJSDocNode && node.kind <= ts.SyntaxKind.LastJSDocNode) return
    const children = node.getChildren(source.syntax)
    if (children.length > 0) for (const child of children) step(child)
    else visit(node, { pos: node.pos, end: node.getStart(source.syntax) })
  }
  step(source.syntax)
}

/** `// lint-allow <law> -- reason` on the line of a finding, or on the line above, lets it pass. */
export function withoutAllowed(findings: readonly Finding[], tree: Tree): readonly Finding[] {
  return findings.filter(({ path, line, law }) => {
    const lines = (tree.get(path) ?? '').split('\n').slice(Math.max(0, line - 2), line)
    return !lines.some((text) => new RegExp(`// lint-allow ${law} -- \\S`).test(text))
  })
}
