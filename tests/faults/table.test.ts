import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../server.ts'
import { promises, type KeptPromise } from './promises.ts'

const kept: readonly KeptPromise[] = promises

test.each(kept.filter(({ test: path }) => path !== null))('$id is said by the test that holds it', (row) => {
  const path = join(root, row.test ?? '')
  expect(existsSync(path), path).toBe(true)
  expect(readFileSync(path, 'utf8')).toContain(row.id)
})
