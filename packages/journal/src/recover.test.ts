import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { journalId, requestId } from '@pointsman/contract'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lineOf } from './line.ts'
import { openJournal } from './open-journal.ts'
import { listJournals } from './read-journal.ts'
import { intent, intentOf, outcome, readAll } from './testing/records.ts'
import { recover } from './recover.ts'

let dir = ''
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'journal-recover-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const open = () => openJournal({ dir, durability: 'fsync', reserveBytes: 4_096, minFreeBytes: 0 })

test('closes what was open as unknown with all that the intent knew, once, and leaves the living alone', async () => {
  const dead = await open()
  for (const id of ['answered', 'open-1', 'open-2']) dead.append(intent(id))
  await dead.commit(outcome('answered'))
  // Closed with open intents it is not sealed: as if the process had died.
  expect(await dead.close()).toEqual({ sealed: false, openIntents: 2 })
  const own = await open()
  const sibling = await open()
  for (const living of [own, sibling]) {
    living.append(intent('in flight'))
    await living.commit(outcome('done'))
  }
  const options = { ownId: own.id, otherLiveIds: new Set([sibling.id]), nowMs: 1 }
  const recovery = await recover(dir, options)
  expect(recovery).toEqual({
    journals: [
      { journal: dead.id, records: 4, closedIntents: [requestId('open-1'), requestId('open-2')], damage: [] },
    ],
    failures: [],
  })
  const { records, ended, damage } = await readAll(dir, dead.id)
  expect({ ended, damage }).toEqual({ ended: true, damage: [] })
  expect(records).toHaveLength(6)
  expect(records[4]?.record).toMatchObject({
    type: 'outcome',
    record: {
      ...intentOf('open-1'),
      outcome: 'unknown',
      costNanoUsd: null,
      usage: { outputTokens: null },
      status: null,
    },
  })
  expect(await recover(dir, options)).toEqual({ journals: [], failures: [] })
  expect((await readAll(dir, dead.id)).records).toHaveLength(6)
  const sealed = (await listJournals(dir))
    .filter((listing) => listing.sealed)
    .map((listing) => listing.journal)
  expect(sealed).toEqual([dead.id])
  await own.close()
  await sibling.close()
})

test('one journal that cannot be recovered does not stop the others', async () => {
  const dead = await open()
  dead.append(intent('open'))
  await dead.close()
  const foreign = journalId('00000000-0000-4000-8000-000000000009')
  await mkdir(join(dir, foreign))
  const newer = { type: 'header', version: 9, journal: foreign, segment: 1, createdAtMs: 1 }
  await writeFile(join(dir, foreign, '000001.log'), lineOf(JSON.stringify(newer)))
  const recovery = await recover(dir, { ownId: null, nowMs: 1 })
  expect(recovery.journals.map(({ journal }) => journal)).toEqual([dead.id])
  expect(recovery.failures).toMatchObject([{ journal: foreign, error: { code: 'internal' } }])
})
