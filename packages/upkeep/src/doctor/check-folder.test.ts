import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openJournal } from '@pointsman/journal'
import { expect, test } from 'vitest'
import { checkJournal } from './check-folder.ts'

test('a journal that cannot be listed is told, and the others are looked at', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'pointsman-test-'))
  const journal = await openJournal({ dir, durability: 'write', reserveBytes: 0, minFreeBytes: 0 })
  const foreign = '00000000-0000-4000-8000-000000000000'
  await writeFile(join(dir, foreign), 'not a folder')
  const findings = await checkJournal(dir, [])
  await journal.close()
  await rm(dir, { recursive: true })
  expect(findings).toEqual([
    expect.objectContaining({
      state: 'ok',
      found: expect.stringContaining('in 1 journals, 1 open') as string,
    }),
    {
      ...{ check: 'journal', state: 'warning' },
      found: expect.stringMatching(`${foreign} cannot be listed.*ENOTDIR`) as string,
      mend: expect.stringContaining('user that runs the server') as string,
    },
  ])
})

test('without a folder there is none yet', async () => {
  expect(await checkJournal(join(tmpdir(), 'pointsman-test-none'), null)).toMatchObject([
    { found: 'none yet' },
  ])
})
