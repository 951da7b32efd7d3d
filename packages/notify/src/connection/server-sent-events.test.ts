import fc from 'fast-check'
import { EventSource } from 'undici'
import { expect, test } from 'vitest'
import { servePages } from '../../../../tests/browser/page-server.ts'
import { createStreamReader } from './server-sent-events.ts'

const samples = [
  'data: one\n\n',
  ': comment\nretry: 2000\n\n',
  'id: 7\nevent: notification\ndata: {"a":1}\n\n',
  'id: 8\n\n',
  'data:no space\ndata:  two spaces\n\n',
  'data\n\n',
  'event: only a name\n\n',
  'event:\ndata: unnamed\n\n',
  'id: bad\0id\ndata: x\n\n',
  'unknown: y\ndata: ü 👩🏽‍⚕️\n\n',
  'data: cr\r\rdata: crlf\r\n\r\n',
  'retry: soon\ndata: z\n\n',
]
const cut = 'data: this one is cut off'

/** How another reader of the standard takes a whole stream: undici's. */
async function takenByOther(stream: string) {
  const site = await servePages({
    '/': { type: 'text/event-stream', body: `${stream}event: end\ndata: end\n\n` },
  })
  const source = new EventSource(site.url)
  const taken: { event: string; data: string; id: string }[] = []
  try {
    await new Promise<void>((resolve) => {
      const take = (event: Event): void => {
        const { data, lastEventId, type } = event as MessageEvent<string>
        taken.push({ event: type, data, id: lastEventId })
      }
      source.addEventListener('message', take)
      source.addEventListener('notification', take)
      source.addEventListener('end', () => resolve())
    })
    return taken
  } finally {
    source.close()
    await site.close()
  }
}

function takenByOurs(stream: string, cuts: readonly number[]) {
  const reader = createStreamReader()
  const bytes = new TextEncoder().encode(stream)
  const places = [
    0,
    ...[...new Set(cuts)].filter((place) => place < bytes.length).sort((a, b) => a - b),
    bytes.length,
  ]
  const taken = places
    .slice(1)
    .flatMap((end, index) => reader.read(bytes.subarray(places[index], end)).map((event) => ({ ...event })))
  return { taken, lastId: reader.lastId(), retryMs: reader.retryMs() }
}

test('takes a stream as another reader of the standard does', async () => {
  const stream = samples.join('')
  const other = await takenByOther(stream)
  const { taken, lastId, retryMs } = takenByOurs(stream, [])
  expect(taken).toEqual(other.map(({ data, event }) => ({ data, event })))
  expect(lastId).toBe(other.at(-1)?.id)
  expect(retryMs).toBe(2_000)
  expect(taken.length).toBeGreaterThan(7)
})

test('and however its bytes are cut, in the middle of letters and line ends too', () => {
  const stream = fc.array(fc.constantFrom(...samples), { maxLength: 8 }).map((parts) => parts.join(''))
  const cuts = fc.array(fc.nat(400), { maxLength: 40 })
  fc.assert(
    fc.property(stream, cuts, (text, places) => {
      expect(takenByOurs(text + cut, places)).toEqual(takenByOurs(text, []))
    }),
  )
})

test('an event without an end is not kept for ever', () => {
  const reader = createStreamReader()
  const piece = new TextEncoder().encode('x'.repeat(600_000))
  reader.read(piece)
  expect(() => reader.read(piece)).toThrow(/no end/)
})
