import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createClosers } from '../closers.ts'
import { makeSockets } from './sockets.ts'

const folder = await mkdtemp(join(tmpdir(), 'pointsman-test-'))
afterAll(() => rm(folder, { recursive: true }))

test.each([
  ['short', 'data'],
  ['long', 'd'.repeat(100)],
])(
  'sockets that a killed host left are gone at the next start; those of others stay (a %s path)',
  async (_, name) => {
    const closers = createClosers(() => undefined)
    const dataDir = join(folder, name)
    const other = join(folder, `${name}2`)
    await mkdir(dataDir)
    await mkdir(other)
    const left = dirname((await makeSockets(dataDir, closers)).door)
    const theirs = dirname((await makeSockets(other, closers)).door)
    const now = dirname((await makeSockets(dataDir, closers)).door)
    const there = async (path: string): Promise<boolean> =>
      (await readdir(dirname(path))).some((found) => path.endsWith(found))
    expect([await there(left), await there(theirs), await there(now)]).toEqual([false, true, true])
    await closers.closeAll()
    expect([await there(theirs), await there(now)]).toEqual([false, false])
  },
)
