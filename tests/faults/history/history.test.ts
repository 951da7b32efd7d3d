import { expect, test } from 'vitest'
import { removeFolder, startServer } from '../../server.ts'
import { short } from '../form.ts'
import { checkHistory, createRecorder, drive, gather, startVendor, type Evidence } from './index.ts'

test('a quiet history breaks no rule, and each rule is broken by what it is about', async () => {
  const vendor = await startVendor()
  const server = await startServer({ command: 'serve', environment: vendor.environment })
  const recorder = createRecorder()
  try {
    vendor.simulator.script({ match: { operation: 'converse*' }, times: 3, effect: { throttle: true } })
    const models = ['use-case/clinical', 'use-case/health', 'gpt-4.1', 'no-such-model']
    await drive(recorder, {
      seed: 1,
      server: () => server,
      models,
      clients: 4,
      requests: short(60, 600),
      leaves: 0.2,
    })
    await recorder.ask({ ...server, key: 'wrong' }, { face: 'openai-chat', model: 'gpt-4.1', stream: false })
    const evidence = await gather({ server, recorder, vendor })
    const targets = { before: new Map([['gpt-4.1', 'gpt-4.1']]) }
    expect(checkHistory(evidence, targets)).toEqual([])
    const ends = Map.groupBy(evidence.clients, ({ end }) => end)
    expect([...ends.keys()].sort()).toEqual(['fail', 'left', 'ok'])
    for (const [rule, broken] of planted(evidence)) {
      const found = checkHistory(broken, { before: new Map([['gpt-4.1', 'gpt-4.1']]) })
      expect(found.length, rule).toBeGreaterThan(0)
      expect([...new Set(found.map((problem) => problem.split(':')[0]))], found.join('\n')).toContain(rule)
    }
  } finally {
    recorder.close()
    await server.kill('SIGTERM')
    await vendor.close()
    await removeFolder(server.dataDir)
  }
})

/** The same evidence, each time with one thing wrong in it. */
function planted(evidence: Evidence): readonly (readonly [rule: string, broken: Evidence])[] {
  const { calls, clients, records } = evidence
  const at = records.findIndex(({ outcome, requested }) => outcome === 'ok' && requested === 'gpt-4.1')
  const record = records[at]
  if (record === undefined) throw new Error('no answer of gpt-4.1')
  const changed = (change: Partial<typeof record>): Evidence => ({
    ...evidence,
    records: records.with(at, { ...record, ...change }),
  })
  const mark = record.tags[0]
  return [
    ['one-record', { ...evidence, records: records.toSpliced(at, 1) }],
    [
      'one-record',
      { ...evidence, records: [...records, { ...record, requestId: 'x' as typeof record.requestId }] },
    ],
    ['no-request', { ...evidence, records: [...records, record] }],
    ['no-request', { ...evidence, clients: clients.filter((client) => client.mark !== mark) }],
    [
      'unknown',
      {
        ...evidence,
        records: records.toSpliced(at, 1),
        clients: clients.map((client) => (client.mark === mark ? { ...client, end: 'unknown' } : client)),
      },
    ],
    ['outcome', changed({ outcome: 'partial' })],
    ['attempts', changed({ attempts: [] })],
    ['attempts', { ...evidence, calls: calls.filter(({ marker }) => marker !== mark) }],
    ['billed', changed({ usage: { ...record.usage, outputTokens: (record.usage.outputTokens ?? 0) + 1 } })],
    ['cost', changed({ costNanoUsd: 0 })],
    ['cost', changed({ costNanoUsd: null })],
    ['target', changed({ revision: { ...record.revision, number: record.revision.number + 1 } })],
    ['target', changed({ plan: { ...record.plan, target: 'gpt-4o' as typeof record.modelId } })],
    [
      'target',
      {
        ...evidence,
        calls: calls.map((call) => (call.marker === mark ? { ...call, model: 'gpt-4o' } : call)),
      },
    ],
    ['totals', { ...evidence, totals: { requests: 0, inputTokens: 0, outputTokens: 0 } }],
  ]
}
