import ts from 'typescript'

import { everyNode, everyToken, findIn, lineOf } from './source.ts'
import type { Source } from './source.ts'
import { isTest } from './tree.ts'
import type { Finding, Tree } from './tree.ts'

const maxFileLines = 400
const maxFunctionLines = 60
const maxParameters = 4

/**
 * A file of logic has at most 400 lines, a function 60 lines and 4 parameters; blank lines and comments do not
 * count. `// size: reason` as the file's first line, or above a function, lets a declared table pass. The
 * functions of tests are not counted: a `describe` is one.
 */
export function checkSize(tree: Tree): readonly Finding[] {
  return findIn(tree, () => true, checkSource)
}

function checkSource(source: Source): readonly Finding[] {
  const findings: Finding[] = []
  const find = (line: number, says: string): void => {
    findings.push({ path: source.path, line, law: 'size', says })
  }
  const code = countCode(source)
  const length = code({ pos: 0, end: source.text.length }, maxFileLines)
  if (length > maxFileLines && !/^(#!.*\n)?\/\/ size: \S/.test(source.text))
    find(1, `${length} lines of code, at most ${maxFileLines}: split it by what it holds`)
  if (isTest(source.path)) return findings
  everyNode(source, (node) => {
    if (!isFunction(node)) return
    const within = code({ pos: node.getStart(source.syntax), end: node.end }, maxFunctionLines)
    if (within > maxFunctionLines && !saysWhy(source, node))
      find(lineOf(source, node), `a function of ${within} lines, at most ${maxFunctionLines}`)
    const count = node.parameters.length
    if (count > maxParameters)
      find(lineOf(source, node), `${count} parameters, at most ${maxParameters}: take an object`)
  })
  return findings
}

/**
 * The lines of code within a range. Where the range has no more lines than `most`, that is answered: to tell code from
 * comments takes every token of the file.
 */
function countCode(source: Source): (range: ts.TextRange, most: number) => number {
  let lines: ReadonlySet<number> | null = null
  const lineAt = (position: number): number => source.syntax.getLineAndCharacterOfPosition(position).line
  return ({ pos, end }, most) => {
    const first = lineAt(pos)
    const last = lineAt(end)
    if (last - first < most) return last - first + 1
    lines ??= linesOfCode(source)
    let count = 0
    for (let line = first; line <= last; line += 1) if (lines.has(line)) count += 1
    return count
  }
}

/** The lines on which code stands, from 0. A text over several lines counts with all of them. */
function linesOfCode(source: Source): ReadonlySet<number> {
  const lines = new Set<number>()
  everyToken(source, (token) => {
    if (token.kind === ts.SyntaxKind.EndOfFileToken) return
    const first = source.syntax.getLineAndCharacterOfPosition(token.getStart(source.syntax)).line
    const last = source.syntax.getLineAndCharacterOfPosition(token.end).line
    for (let line = first; line <= last; line += 1) lines.add(line)
  })
  return lines
}

type WithBody = ts.FunctionLikeDeclaration

function isFunction(node: ts.Node): node is WithBody {
  return ts.isFunctionLike(node) && 'body' in node && node.body !== undefined
}

/** The comment stands above the statement that holds the function (`const x = () => …` begins before it). */
function saysWhy(source: Source, node: ts.Node): boolean {
  let outer = node
  while (!ts.isStatement(outer) && !ts.isClassElement(outer) && !ts.isSourceFile(outer)) outer = outer.parent
  return /\/\/ size: \S/.test(source.text.slice(outer.pos, outer.getStart(source.syntax)))
}
