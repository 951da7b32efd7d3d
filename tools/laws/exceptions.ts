import { everyToken, findIn } from './source.ts'
import type { Source } from './source.ts'
import type { Finding, Tree } from './tree.ts'

/** Comments that switch a law off. The reason stands after `--`, for TypeScript's own after the name. */
const exception = /(oxlint-disable(?:-next-line|-line)?|@ts-expect-error|lint-allow|prettier-ignore)\b(.*)/
const forbidden = /@ts-ignore|@ts-nocheck/
/** The linter does not heed them: what they seem to let pass is not looked at. */
const ofAnother = /eslint-disable/
const word = new RegExp([exception, forbidden, ofAnother].map(({ source }) => source).join('|'))

/** Every exception to a law carries its reason on the line. */
export function checkExceptions(tree: Tree): readonly Finding[] {
  // To tell comments from the rest takes every token of a file; most files hold none of the words.
  const names = (path: string): boolean => word.test(tree.get(path) ?? '')
  return findIn(tree, names, (source) =>
    commentLines(source).flatMap(({ line, text }) => {
      const says = judge(text)
      return says === null ? [] : [{ path: source.path, line, law: 'exceptions', says }]
    }),
  )
}

function judge(comment: string): string | null {
  if (forbidden.test(comment)) return 'hides every error: use @ts-expect-error with a reason'
  if (ofAnother.test(comment)) return 'is heeded by nobody: say oxlint-disable'
  const [, name, rest] = exception.exec(comment) ?? []
  if (name === undefined || rest === undefined) return null
  if (!/ -- \S+(\s+\S+)+/.test(rest.replace('*/', '')))
    return `${name} without a reason in words after " -- "`
  const rules = rest.split(' -- ')[0]?.trim() ?? ''
  const needsRule = name.startsWith('oxlint') || name === 'lint-allow'
  return needsRule && rules === '' ? `${name} switches everything off: name the rule` : null
}

/** Comments only: the name of an exception in a string is just a text. */
function commentLines(source: Source): readonly { readonly line: number; readonly text: string }[] {
  const found: { line: number; text: string }[] = []
  everyToken(source, (_, before) => {
    const first = source.syntax.getLineAndCharacterOfPosition(before.pos).line + 1
    const lines = source.text.slice(before.pos, before.end).split('\n')
    for (const [index, text] of lines.entries())
      if (text.trim() !== '') found.push({ line: first + index, text })
  })
  return found
}
