import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { expect, test } from 'vitest'
import ts from 'typescript'

/**
 * A data plane where there is nothing of Node's: neither a module nor a global. What a platform lacks would be missed only when a
 * request comes to the place that wants it.
 */
const root = fileURLToPath(new URL('..', import.meta.url))
const entry = `
export * from '@pointsman/gateway'
export * from '@pointsman/engine'
export * from '@pointsman/engine/fetch'
export * from '@pointsman/core'
export * from '@pointsman/wire'
export * from '@pointsman/providers'
`
/** Of Node alone, whatever some platforms add to please programs for it. */
const globals = new Set([
  'Buffer',
  'process',
  'global',
  '__dirname',
  '__filename',
  'require',
  'setImmediate',
  'clearImmediate',
])

test('gateway, engine and all beneath them need nothing of Node', async () => {
  const built = await rolldown({
    input: 'neutral',
    cwd: root,
    platform: 'neutral',
    treeshake: false,
    external: /^node:/,
    plugins: [
      {
        name: 'neutral',
        resolveId: (id) => (id === 'neutral' ? `${root}/neutral.ts` : null),
        load: (id) => (id.endsWith('/neutral.ts') ? entry : null),
      },
    ],
  })
  const { output } = await built.generate({ format: 'es' })
  await built.close()
  const chunks = output.filter((one) => one.type === 'chunk')
  expect(chunks.flatMap(({ dynamicImports, imports }) => [...imports, ...dynamicImports])).toEqual([])
  expect(chunks.flatMap(({ code }) => freeNames(code))).toEqual([])
})

function freeNames(code: string): readonly string[] {
  const source = ts.createSourceFile('bundle.js', code, ts.ScriptTarget.ESNext, true)
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && globals.has(node.text) && !isPropertyName(node))
      found.push(`${node.text} at line ${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

const isPropertyName = (node: ts.Identifier): boolean =>
  (ts.isPropertyAccessExpression(node.parent) && node.parent.name === node) ||
  (ts.isPropertyAssignment(node.parent) && node.parent.name === node)
