import { afterEach, beforeEach, expect, test } from 'vitest'
import { answerFrames, exceptionFrame } from './testing/event-stream.ts'
import { Rig, readEvents } from './testing/rig.ts'
import { failing, streamed, streamedText, whole, type Answer } from './testing/scripted-upstream.ts'

let rig: Rig
beforeEach(async () => {
  rig = new Rig()
  await rig.upstream.start()
})
afterEach(() => rig.close())

const troubles: readonly (readonly [string, Answer, string])[] = [
  ['429', failing(429, 'ThrottlingException', 'Too many requests'), 'upstream_throttled'],
  ['500', failing(500, 'InternalServerException', 'oops'), 'upstream_error'],
  ['503', failing(503, 'ServiceUnavailableException', 'later'), 'upstream_overloaded'],
  ['404', failing(404, 'ResourceNotFoundException', 'end of life'), 'upstream_model_unavailable'],
  [
    '403 of the model',
    failing(403, 'AccessDeniedException', "You don't have access to the model"),
    'upstream_model_unavailable',
  ],
  [
    '403 of our key',
    failing(403, 'UnrecognizedClientException', 'The security token is invalid'),
    'provider_auth',
  ],
  [
    'not on demand',
    failing(400, 'ValidationException', 'Invocation with on-demand throughput isn’t supported.'),
    'upstream_model_unavailable',
  ],
  [
    'not in this region',
    failing(400, 'ValidationException', 'The model is not available in this region.'),
    'upstream_model_unavailable',
  ],
  [
    'a redirect',
    (answer) => void answer.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
    'upstream_error',
  ],
  ['a connection cut', (answer) => void answer.destroy(), 'upstream_broken'],
]

for (const stream of [false, true]) {
  test.each(troubles)(`${stream ? 'stream' : 'whole'}: %s`, async (_what, answer, code) => {
    rig.upstream.on('first', answer)
    rig.upstream.on('second', stream ? streamedText('Hello') : whole('Hello'))
    const { client, record } = await rig.run({ face: 'openai', stream })
    expect(client.status).toBe(200)
    expect(client.header('x-pointsman-model')).toBe('second')
    expect(client.header('x-pointsman-reason')).toBe('fallback')
    expect(client.header('x-pointsman-attempts')).toBe('2')
    expect(record).toMatchObject({
      outcome: 'ok',
      modelId: 'second',
      reason: 'fallback',
      priceId: 'price-second',
    })
    expect(record.attempts.map(({ error }) => error?.code ?? null)).toEqual([code, null])
    expect(rig.records.outcomes).toEqual([record])
  })
}

test.each<[string, readonly Uint8Array[]]>([
  ['throttling as the first frame', [exceptionFrame('throttlingException', 'Too many tokens')]],
  [
    'an error after the opening',
    [answerFrames([])[0] ?? new Uint8Array(0), exceptionFrame('internalServerException', 'oops')],
  ],
  ['an end after the opening', [answerFrames([])[0] ?? new Uint8Array(0)]],
  ['nothing at all', []],
  ['garbage', [new TextEncoder().encode('<html>this is not an event stream, not at all</html>')]],
])('stream: %s', async (_what, frames) => {
  rig.upstream.on('first', streamed(frames))
  rig.upstream.on('second', streamedText('Hello'))
  for (const face of ['openai', 'bedrock'] as const) {
    const { client, record } = await rig.run({ face, stream: true })
    expect(record).toMatchObject({ outcome: 'ok', modelId: 'second', reason: 'fallback' })
    if (face === 'openai')
      expect(readEvents(client.text)).toMatchObject({ text: 'Hello', done: true, starts: 1, errors: [] })
    else expect(Buffer.compare(client.bytes, Buffer.concat(answerFrames(['Hello'])))).toBe(0)
  }
})

test('a redirect is told as one', async () => {
  rig.upstream.on(
    'first',
    (answer) => void answer.writeHead(308, { location: rig.upstream.url }).end('moved'),
  )
  rig.upstream.on('second', whole('Hello'))
  const { record } = await rig.run({})
  expect(record.attempts[0]).toMatchObject({
    status: 308,
    error: { message: expect.stringContaining('never followed') as string },
  })
})

test('nobody listens at the address', async () => {
  rig.baseUrl = 'http://127.0.0.1:1'
  const { client, record } = await rig.run({})
  expect(client.status).toBe(502)
  expect(record).toMatchObject({ outcome: 'failed', error: { code: 'upstream_unreachable' } })
  expect(record.attempts).toHaveLength(2)
})

test('an episode of fallback is told before the record of the request that began it', async () => {
  rig.upstream.on('first', failing(503, 'ServiceUnavailableException', 'later'))
  rig.upstream.on('second', whole('Hello'))
  let told = 0
  rig.records.onOutcome = () => {
    told = rig.records.episodes.length
  }
  await rig.run({})
  expect(told).toBe(1)
})

test('an episode that the journal takes no more costs no record and no answer', async () => {
  rig.upstream.on('first', failing(503, 'ServiceUnavailableException', 'later'))
  rig.upstream.on('second', whole('Hello'))
  rig.records.fallbackEpisode = () => {
    throw new Error('The journal is closed.')
  }
  const { client, record } = await rig.run({})
  expect(client.status).toBe(200)
  expect(record).toMatchObject({ outcome: 'ok', modelId: 'second' })
  expect(rig.records.outcomes).toEqual([record])
  expect(rig.log).toEqual([expect.stringContaining('An episode of fallback was not recorded')])
})

test('an episode of fallback is recorded once, although the target serves now and then', async () => {
  rig.upstream.on('first', failing(503, 'ServiceUnavailableException', 'later'))
  rig.upstream.on('second', whole('Hello'))
  await rig.run({})
  await rig.run({})
  expect(rig.records.episodes).toHaveLength(1)
  expect(rig.records.episodes[0]).toMatchObject({
    ...{ route: 'use-case/clinical', from: 'first', to: 'second' },
    // Not in the vendor's words, which may quote a prompt.
    cause: 'upstream_overloaded: The provider answered 503 ServiceUnavailableException.',
  })
  rig.upstream.on('first', whole('Hello'))
  await rig.run({})
  rig.upstream.on('first', failing(503, 'ServiceUnavailableException', 'later'))
  await rig.run({})
  expect(rig.records.episodes).toHaveLength(1)
})
