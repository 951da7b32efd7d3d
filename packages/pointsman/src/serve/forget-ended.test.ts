import { spawnSync } from 'node:child_process'
import { replicaId } from '@pointsman/contract'
import type { ReplicaRow } from '@pointsman/registry'
import { expect, test } from 'vitest'
import { forgetEnded, isAlive } from './forget-ended.ts'

const row = (id: string, more: Partial<ReplicaRow> = {}): ReplicaRow => ({
  id: replicaId(id),
  host: 'web-1',
  title: 'pointsman-host',
  kind: 'leased',
  startedAtMs: 0,
  leaseUntilMs: 0,
  live: true,
  revision: null,
  servedSinceMs: null,
  lagMs: null,
  problem: null,
  circuits: [],
  ...more,
})

async function forgotten(rows: readonly ReplicaRow[], isShared: boolean): Promise<readonly string[]> {
  const left: string[] = []
  const replicas = {
    list: () => Promise.resolve(rows),
    leave: (id: string) => Promise.resolve(void left.push(id)),
  }
  await forgetEnded(replicas, { host: 'web-1', isAlive: (pid) => pid === 7 }, isShared)
  return left
}

const rows = [
  row('web-1-7-aaaaaaaa'),
  row('web-1-8-bbbbbbbb'),
  row('web-1-9-cccccccc', { live: false }),
  row('web-10-9-dddddddd', { host: 'web-10', live: false }),
  row('web-1-9-eeeeeeee', { kind: 'pull', live: false }),
  row('web-1-odd', { live: false }),
]

test('who ended on this machine is forgotten, nobody else', async () => {
  expect(await forgotten(rows, false)).toEqual(['web-1-8-bbbbbbbb', 'web-1-9-cccccccc'])
})

test('with a database that others share, only where the lease has run out', async () => {
  expect(await forgotten(rows, true)).toEqual(['web-1-9-cccccccc'])
})

test('a process lives until it has ended, whoever owns it', () => {
  expect(isAlive(process.pid)).toBe(true)
  expect(isAlive(1)).toBe(true)
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  expect(isAlive(pid)).toBe(false)
})
