import { describe, expect, test } from 'vitest'

import { checkArrows } from './arrows.ts'
import type { Tree } from './tree.ts'

const table = `# Architecture

## Rooms and arrows

| room | holds | may import |
|---|---|---|
| \`contract\` | words | nothing |
| \`core\` | decisions | contract |
| \`engine\` | attempts | contract, core |
| \`sdk\` | client | contract (types) |
| \`doors\` | doors | anything |
`

function manifest(name: string, more: Record<string, unknown> = {}): string {
  return JSON.stringify({ name: `@pointsman/${name}`, exports: { '.': './src/index.ts' }, ...more })
}

function dependsOn(...names: readonly string[]): { readonly dependencies: Record<string, string> } {
  return { dependencies: Object.fromEntries(names.map((name) => [name, '1.0.0'])) }
}

/** A small house in which every law holds; `changes` plants what a test is about. */
function house(changes: Record<string, string | null> = {}): Tree {
  const files: Record<string, string | null> = {
    'docs/architecture.md': table,
    'package.json': JSON.stringify({ name: 'root', devDependencies: { vitest: '1.0.0' } }),
    'packages/contract/package.json': manifest('contract'),
    'packages/contract/src/index.ts': `export type { Id } from './ids.ts'`,
    'packages/contract/src/ids.ts': `export type Id = string`,
    'packages/core/package.json': manifest('core', dependsOn('@pointsman/contract')),
    'packages/core/src/index.ts': `import type { Id } from '@pointsman/contract'\nexport type Own = Id`,
    'packages/core/src/index.test.ts': `import { test } from 'vitest'\nimport { x } from '@pointsman/engine'`,
    'packages/engine/package.json': manifest('engine', dependsOn('@pointsman/core', 'undici')),
    'packages/engine/src/index.ts': `import * as core from '@pointsman/core'\nimport { Pool } from 'undici'\nimport 'node:fs'`,
    'packages/sdk/package.json': manifest('sdk', dependsOn('@pointsman/contract')),
    'packages/sdk/src/index.ts': `import type { Id } from '@pointsman/contract'\nexport type { Id }`,
    'packages/doors/package.json': manifest('doors', dependsOn('@pointsman/engine', '@pointsman/sdk')),
    'packages/doors/src/index.ts': `import '@pointsman/engine'\nexport const sdk = await import('@pointsman/sdk')`,
    ...changes,
  }
  return new Map(Object.entries(files).filter((entry): entry is [string, string] => entry[1] !== null))
}

function broken(changes: Record<string, string | null>): readonly string[] {
  return checkArrows(house(changes)).map(({ path, line, says }) => `${path}:${line} ${says}`)
}

test('a house in which every law holds has no findings', () => {
  expect(checkArrows(house())).toEqual([])
})

describe('an arrow that the table lacks', () => {
  const says = 'core → engine is not in docs/architecture.md (core may import contract)'
  const declared = { 'packages/core/package.json': manifest('core', dependsOn('@pointsman/engine')) }
  const forms = {
    'a static import': `import { x } from '@pointsman/engine'`,
    'an import of types': `import type { X } from '@pointsman/engine'`,
    'a re-export': `export * from '@pointsman/engine'`,
    'a dynamic import': `const x = await import('@pointsman/engine')`,
    'a type by import()': `type X = import('@pointsman/engine').X`,
    'a require': `const x = require('@pointsman/engine')`,
  }
  test.each(Object.entries(forms))('is found in %s', (_, text) => {
    // The engine is reduced here, or its import of core would be a cycle as well.
    const engine = { 'packages/engine/src/index.ts': `import 'undici'` }
    expect(broken({ ...declared, ...engine, 'packages/core/src/index.ts': `\n${text}` })).toEqual([
      `packages/core/src/index.ts:2 ${says}`,
    ])
  })
})

test('a room that imports types only may not import a value, nor run the module', () => {
  const says = 'sdk → contract is for types only in docs/architecture.md: say "import type"'
  const path = 'packages/sdk/src/index.ts'
  expect(broken({ [path]: `import { Id } from '@pointsman/contract'` })).toEqual([`${path}:1 ${says}`])
  expect(broken({ [path]: `import { type Id } from '@pointsman/contract'` })).toEqual([`${path}:1 ${says}`])
  expect(broken({ [path]: `export type { Id } from '@pointsman/contract'` })).toEqual([])
})

test('a dependency is declared by the package that imports it, and imported by the package that declares it', () => {
  expect(broken({ 'packages/core/src/more.ts': `import { Pool } from 'undici'` })).toEqual([
    'packages/core/src/more.ts:1 undici is not declared in packages/core/package.json',
  ])
  expect(
    broken({ 'packages/doors/package.json': manifest('doors', dependsOn('@pointsman/engine')) }),
  ).toEqual(['packages/doors/src/index.ts:2 @pointsman/sdk is not declared in packages/doors/package.json'])
  expect(broken({ 'packages/core/src/index.test.ts': `import 'fast-check'` })).toEqual([
    'packages/core/src/index.test.ts:1 fast-check is not declared in packages/core/package.json',
  ])
  const onlyATest = { 'packages/engine/src/index.test.ts': `import 'undici'` }
  expect(broken({ ...onlyATest, 'packages/engine/src/index.ts': `import '@pointsman/core'` })).toEqual([
    'packages/engine/package.json:1 undici is declared and never imported',
  ])
})

test('nobody reaches past the exports of another package, out of a package, or into a test', () => {
  const path = 'packages/engine/src/more.ts'
  expect(broken({ [path]: `import '@pointsman/core/src/index.ts'` })).toEqual([
    `${path}:1 @pointsman/core/src/index.ts is not among the exports of packages/core/package.json`,
  ])
  expect(broken({ [path]: `import '../../core/src/index.ts'` })).toEqual([
    `${path}:1 ../../core/src/index.ts reaches into room core past its package's exports`,
  ])
  expect(broken({ [path]: `new URL('../../core/src/index.ts', import.meta.url)` })).toHaveLength(1)
  expect(broken({ [path]: `import '../../../tools/x.ts'` })).toEqual([
    `${path}:1 ../../../tools/x.ts leaves its package`,
  ])
  expect(broken({ [path]: `await import(name)` })).toEqual([
    `${path}:1 name is not declared in packages/engine/package.json`,
  ])
  expect(broken({ 'packages/core/src/more.ts': `import './index.test.ts'` })).toEqual([
    "packages/core/src/more.ts:1 ./index.test.ts is a test's file, and this is not a test",
  ])
})

test('a cycle among files is found, types included, and told by a shortest way', () => {
  const changes = {
    'packages/contract/src/ids.ts': `import type { A } from './a.ts'`,
    'packages/contract/src/a.ts': `\nexport type { B } from './b.ts'`,
    'packages/contract/src/b.ts': `import type { A } from './a.ts'`,
  }
  expect(broken(changes)).toEqual([
    'packages/contract/src/a.ts:2 import cycle: packages/contract/src/a.ts → packages/contract/src/b.ts → packages/contract/src/a.ts',
  ])
})

test('a room has code and a row, and a row has a room', () => {
  expect(
    broken({
      'packages/sdk/src/index.ts': null,
      'packages/doors/src/index.ts': `import '@pointsman/engine'`,
    }),
  ).toEqual(['packages/sdk/package.json:1 room sdk is empty: a package exists once something fills it'])
  expect(
    broken({ 'packages/extra/package.json': manifest('extra'), 'packages/extra/src/index.ts': '' }),
  ).toEqual(['packages/extra/package.json:1 room extra has no row in docs/architecture.md'])
  expect(broken({ 'docs/architecture.md': `${table}| \`ghost\` | none | contract |\n` })).toEqual([
    'docs/architecture.md:12 room ghost stands in the table, but packages/ghost does not exist',
  ])
  expect(broken({ 'docs/architecture.md': '# Nothing' }).length).toBeGreaterThan(5)
})

test('an exception passes only with a reason', () => {
  const path = 'packages/core/src/more.ts'
  expect(broken({ [path]: `// lint-allow arrows -- measured: saves a copy\nimport 'undici'` })).toEqual([])
  expect(broken({ [path]: `// lint-allow arrows --\nimport 'undici'` })).toHaveLength(1)
})
