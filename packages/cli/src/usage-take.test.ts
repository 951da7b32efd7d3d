import { expect, test } from 'vitest'
import { refuse, run, startFakeServer, type Answers } from './testing/run.ts'

const told = (id: string) => ({ type: 'outcome', record: { requestId: id } })
const line = (id: string): string => JSON.stringify({ event: 'usage_record', told: told(id) })
const where = 'POST /api/v1/usage/records'

async function take(lines: readonly string[], answers: Answers, options: readonly string[] = []) {
  const server = await startFakeServer(answers)
  const printed = await run(['usage', 'take', ...options], {
    url: server.url,
    input: lines.map((text) => `${text}\n`),
  })
  await server.close()
  const bodies = server.received.map(({ body }) => body as { readonly told: readonly object[] })
  return { ...printed, lines: server.received.map((received) => received.line), bodies }
}

test('takes records out of what else stands in a log', async () => {
  const { bodies, code, lines, out } = await take(
    [
      'INIT_START Runtime Version: nodejs:24.v1',
      `2026-11-26T09:00:00.123Z ${line('a')}`,
      // As `aws logs tail` writes it unless it is told to be short.
      `2026-11-26T09:00:01+00:00 2026/11/26/[$LATEST]0123 ${line('b')}`,
      '{"_aws":{"CloudWatchMetrics":[]},"ModelLatency":12}',
      // A log was cut here.
      line('c').slice(0, -9),
      '{"event":"usage_record","told":null}',
      '{"event":"usage_record","told":"nothing"}',
      '',
    ],
    { [where]: { taken: 1, repeated: 1 } },
  )
  expect([code, out]).toEqual([0, '✓ 1 record taken in, 1 was there already.\n'])
  expect([lines, bodies]).toEqual([[where], [{ told: [told('a'), told('b')] }]])
})

test('hands over five hundred at once, and adds up what became of them', async () => {
  const many = Array.from({ length: 1_001 }, (_, index) => line(String(index)))
  const { bodies, code, out } = await take(many, { [where]: { taken: 2, repeated: 3 } }, ['--json'])
  expect([code, JSON.parse(out)]).toEqual([0, { taken: 6, repeated: 9, refused: [] }])
  expect(bodies.map(({ told: some }) => some.length)).toEqual([500, 500, 1])
})

test('asks nobody where there is none', async () => {
  const { code, lines, out } = await take(['START RequestId: 1'], {})
  expect([code, out, lines]).toEqual([0, '✓ 0 records taken in, 0 were there already.\n', []])
})

const message = '"told[0].record.costNanoUsd" should be 0 or more.'

/** Refused whole, where `b` is in it. */
const refusing: Answers = {
  [where]: (response, { body }) => {
    const ids = (body as { readonly told: readonly { record: { requestId: string } }[] }).told.map(
      ({ record }) => record.requestId,
    )
    if (ids.includes('b')) refuse(400, { code: 'invalid_request', message })(response)
    else response.end(JSON.stringify({ taken: ids.length, repeated: 0 }))
  },
}

test('a record that is refused is told by its line, and holds up no other', async () => {
  const lines = [line('a'), 'START', line('b'), line('c'), line('d'), line('e')]
  const { code, out } = await take(lines, refusing)
  expect([code, out]).toEqual([1, `✓ 4 records taken in, 0 were there already.\n✗ Line 3: ${message}\n`])
  const asJson = await take(lines, refusing, ['--json'])
  expect([asJson.code, JSON.parse(asJson.out)]).toEqual([
    ...[1, { taken: 4, repeated: 0, refused: [{ line: 3, message }] }],
  ])
})

test('more bytes than the server reads at once are told in pieces', async () => {
  const { bodies, code, out } = await take(
    ['a', 'b', 'c'].map((id) => line(id)),
    {
      [where]: (response, { body }) => {
        const { told: some } = body as { readonly told: readonly object[] }
        if (some.length > 1)
          refuse(413, { code: 'body_too_large', message: 'The body is too large.' })(response)
        else response.end(JSON.stringify({ taken: 1, repeated: 0 }))
      },
    },
  )
  expect([code, out]).toEqual([0, '✓ 3 records taken in, 0 were there already.\n'])
  expect(bodies.map(({ told: some }) => some.length)).toEqual([3, 1, 2, 1, 1])
})

test('another refusal ends it', async () => {
  const { code, error, lines } = await take([line('a'), line('c')], {
    [where]: refuse(403, { code: 'forbidden', message: 'This key lacks the scope admin.' }),
  })
  expect([code, lines.length, error]).toEqual([4, 1, expect.stringContaining('lacks the scope admin')])
})
