import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listJournals, openJournal } from '@pointsman/journal'
import { expect, test } from 'vitest'
import { recoverDead } from './recovery.ts'

test('a journal that cannot be listed keeps neither a start nor the other journals from being recovered', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'pointsman-test-'))
  const dir = join(dataDir, 'journal')
  await mkdir(dir)
  const dead = await openJournal({ dir, durability: 'write', reserveBytes: 0, minFreeBytes: 0 })
  // Its folder is there, and nothing seals it.
  const foreign = '00000000-0000-4000-8000-000000000000'
  await writeFile(join(dir, foreign), 'not a folder')
  const said: unknown[] = []
  await recoverDead(dataDir, (_level, event, facts) => void said.push([event, facts?.['journal']]))
  expect(said).toEqual([
    ['journal_not_recovered', foreign],
    ['journal_recovered', dead.id],
  ])
  const listed = await listJournals(dir, { onUnlisted: () => undefined })
  expect(listed).toMatchObject([{ journal: dead.id, sealed: true }])
  await dead.close()
  await rm(dataDir, { recursive: true })
})
