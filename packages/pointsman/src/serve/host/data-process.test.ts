import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const program = new URL('./data-process.ts', import.meta.url).href

/** Prints what a process loads that is nothing but a data plane. */
const script = `
  import { registerHooks } from 'node:module'
  const loaded = []
  registerHooks({
    load(url, context, next) {
      loaded.push(url)
      return next(url, context)
    },
  })
  await import(${JSON.stringify(program)})
  console.log(JSON.stringify(loaded))`

test('the process of a data plane loads the engine, and nothing of the control plane and its database', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    maxBuffer: 10_000_000,
  })
  const loaded = JSON.parse(stdout) as readonly string[]
  const of = (part: string): readonly string[] => loaded.filter((url) => url.includes(part))
  expect(of('/packages/engine/').length).toBeGreaterThan(10)
  for (const part of ['/node_modules/zod/', '/node_modules/hono/', '/node_modules/pg/', '/pglite/'])
    expect(of(part)).toEqual([])
  expect(of('/packages/control/').map((url) => url.split('/').at(-1))).toEqual([
    'session-token.ts',
    'mending-step.ts',
  ])
  expect(of('/packages/registry/').map((url) => url.split('/').at(-1))).toEqual(['folder-lock.ts'])
})
