import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { firstWritable } from '../packages/console/build/build-console.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pointsman-console-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('where the program lies on a disk that cannot be written to, the console is built in the next folder', async () => {
  const file = join(folder, 'file')
  await writeFile(file, '')
  const next = join(folder, 'data', 'console')
  expect(await firstWritable([join(file, 'cache'), next])).toBe(next)
  expect(await readdir(next)).toEqual([])
})

test('where none can be written to, the first one’s refusal is told', async () => {
  const file = join(folder, 'file')
  await writeFile(file, '')
  await expect(firstWritable([join(file, 'one'), join(file, 'two')])).rejects.toThrow(/one/)
})
