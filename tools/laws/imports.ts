import ts from 'typescript'

import type { Source } from './source.ts'
import { everyNode, lineOf } from './source.ts'

/** One import. `typeOnly` is true where nothing of it is left when the program runs. */
export type Import = { readonly specifier: string; readonly typeOnly: boolean; readonly line: number }

/**
 * Every import of a file: static, dynamic, re-exports, `import type`, types by `import('…')`, `require`, and the
 * scripts that `new URL('./x.ts', import.meta.url)` names (workers are started so).
 * `import { type A }` counts as a value: Node strips the name and still runs the module.
 */
export function importsOf(source: Source): readonly Import[] {
  const found: Import[] = []
  everyNode(source, (node) => {
    const read = readImport(node)
    if (read !== null) found.push({ ...read, line: lineOf(source, node) })
  })
  return found
}

type Read = Omit<Import, 'line'>

function readImport(node: ts.Node): Read | null {
  if (ts.isImportDeclaration(node)) {
    return read(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword)
  }
  if (ts.isExportDeclaration(node)) return read(node.moduleSpecifier, node.isTypeOnly)
  if (ts.isExternalModuleReference(node)) return read(node.expression, false)
  if (ts.isImportTypeNode(node))
    return ts.isLiteralTypeNode(node.argument) ? read(node.argument.literal, true) : null
  if (ts.isCallExpression(node)) return readCall(node)
  if (ts.isNewExpression(node)) return readScriptUrl(node)
  return null
}

function read(specifier: ts.Node | undefined, typeOnly: boolean): Read | null {
  return specifier && ts.isStringLiteralLike(specifier) ? { specifier: specifier.text, typeOnly } : null
}

function readCall(node: ts.CallExpression): Read | null {
  const dynamic = node.expression.kind === ts.SyntaxKind.ImportKeyword
  const required = ts.isIdentifier(node.expression) && node.expression.text === 'require'
  if (!dynamic && !required) return null
  // A computed name is returned as it stands: no table allows it, so it is reported.
  return read(node.arguments[0], false) ?? { specifier: node.arguments[0]?.getText() ?? '', typeOnly: false }
}

function readScriptUrl(node: ts.NewExpression): Read | null {
  const [address, base] = node.arguments ?? []
  if (node.expression.getText() !== 'URL' || base?.getText() !== 'import.meta.url') return null
  const found = read(address, false)
  return found !== null && /\.[cm]?[jt]s$/.test(found.specifier) ? found : null
}
