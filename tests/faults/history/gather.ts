import type { UsageRecord } from '@pointsman/contract'
import { api, eventually, type RunningServer } from '../../server.ts'
import type { Evidence } from './check-history.ts'
import type { Recorder } from './recorder.ts'
import type { Vendor } from './vendor.ts'

interface Parts {
  readonly server: RunningServer
  readonly recorder: Recorder
  readonly vendor: Vendor
  /** Until all records are in; 20 s. */
  readonly withinMs?: number
}

/** All usage records that a server tells of. */
export async function readRecords(server: RunningServer): Promise<readonly UsageRecord[]> {
  const records: UsageRecord[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: { status: number; body: { data: UsageRecord[]; nextCursor: string | null } } = await api(
      server,
      `/api/v1/usage/records?limit=1000${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
    )
    if (page.status !== 200) throw new Error(`no records: ${page.status} ${JSON.stringify(page.body)}`)
    records.push(...page.body.data)
    cursor = page.body.nextCursor
  }
  return records
}

/**
 * The three sides, once the database holds what was written: every answered request is waited for, and then for a moment in
 * which nothing more comes, so that a second record of one would be seen.
 */
export async function gather({ server, recorder, vendor, withinMs = 20_000 }: Parts): Promise<Evidence> {
  const answered = recorder
    .entries()
    .flatMap(({ requestId, status }) => (requestId === null || status === 401 ? [] : [requestId]))
  let before = -1
  const records = await eventually(
    async () => {
      const found = await readRecords(server)
      const isStill = found.length === before
      before = found.length
      if (!isStill) await new Promise((resolve) => setTimeout(resolve, 700))
      return { found, isStill }
    },
    ({ found, isStill }) => {
      const ids = new Set<string>(found.map(({ requestId }) => requestId))
      return isStill && answered.every((id) => ids.has(id))
    },
    withinMs,
  )
  const { body } = await api<{
    data: readonly { requests: number; outputTokens: number; inputTokens: number }[]
  }>(server, '/api/v1/usage?groupBy=all')
  return {
    clients: recorder.entries(),
    calls: vendor.calls(),
    records: records.found,
    totals: body.data[0] ?? { requests: 0, inputTokens: 0, outputTokens: 0 },
    kills: recorder.kills,
  }
}
