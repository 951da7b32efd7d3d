import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { reportFigure } from './figures.ts'
import { short, seed } from './form.ts'
import { http1Corpus, spelled, type Http1Case } from './hostile/http1-corpus.ts'
import { mutated } from './hostile/mutate.ts'
import { speak, type Heard, type Patience } from './hostile/raw.ts'
import { chat, lives } from './hostile/ask.ts'
import { startRig, type Rig } from './rig.ts'

/*
 * Hostile HTTP/1.1 through the real listener of a real process: it goes on in the same process, nothing of ours answers
 * 5xx, and what reaches the vendor is what was accepted, once each.
 */
let rig: Rig
beforeAll(async () => {
  rig = await startRig()
})
afterAll(() => rig.close())

const isOurFault = (status: number): boolean => status >= 500 && status !== 503

const answeredOutOfACall = ({ text }: Heard): number =>
  text.match(/x-pointsman-attempts: [1-9]/g)?.length ?? 0

const callsSeen = (): number => rig.vendor.simulator.ledger().at(-1)?.sequence ?? 0
/** Answers out of a call since the start, so that a call that comes late is missed by the next look. */
let answered = 0
const longestAnswerMs = 10_000

async function isWell(): Promise<void> {
  expect((await chat(rig)).status).toBe(200)
  answered += 1
  expect(lives(rig.server.pid)).toBe(true)
  expect(rig.server.output()).not.toMatch(/POLLUTED|request_failed|unhandled/i)
}

/**
 * One answer for each call: nothing was smuggled past its own answer, nothing was sent twice, no answer was lost. Who leaves
 * before its answer gets none: the connections stay open until somebody who came later was answered, and for as long as an
 * answer is missing.
 */
async function together(
  connections: readonly (readonly string[])[],
  patience: (at: number) => Required<Patience>,
) {
  const spoken = connections.map((pieces, at) => speak(rig.port, pieces, patience(at)))
  await Promise.all(spoken.map(({ settled }) => settled))
  expect((await chat(rig)).status).toBe(200)
  answered += 1
  const all = (): number => spoken.reduce((sum, one) => sum + answeredOutOfACall(one.heard()), answered)
  const untilMs = performance.now() + longestAnswerMs
  while (callsSeen() > all() && performance.now() < untilMs) await sleep(20)
  const heard = spoken.map((one) => one.heard())
  for (const one of spoken) one.end()
  answered = all()
  expect(callsSeen(), JSON.stringify(connections).slice(0, 20_000)).toBe(answered)
  return heard
}

/** Who may hear nothing, or one answer alone, is not waited for as long as who is to hear another. */
const patienceFor = (answers: Http1Case['answers']): Required<Patience> => ({
  patienceMs: answers.some(({ length }) => length === 0) ? 1_500 : 10_000,
  quietMs: answers.some(({ length }) => length > 1) ? 5_000 : 500,
})

test('T34: the corpus of HTTP/1.1', async () => {
  const wrong: unknown[] = []
  for (const batch of batches(http1Corpus, 16)) {
    const sent = batch.map(({ send }) => send.map((piece) => spelled(piece, rig.server.key)))
    const heard = await together(sent, (at) => patienceFor(batch[at]?.answers ?? []))
    for (const [at, { answers, name }] of batch.entries()) {
      const { statuses = [], text = '' } = heard[at] ?? {}
      if (!answers.some((allowed) => allowed.join() === statuses.join()))
        wrong.push({ name, statuses, text: text.slice(0, 200) })
    }
  }
  expect(wrong).toEqual([])
  await isWell()
}, 120_000)

const batches = <Value>(list: readonly Value[], size: number): readonly (readonly Value[])[] =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, at) => list.slice(at * size, at * size + size))

test('T34: what comes of cutting and mixing the corpus', async () => {
  process.stdout.write(`T34: seed ${seed}\n`)
  const count = short(300, 20_000)
  const random = mutated(seed, http1Corpus)
  for (let done = 0; done < count; done += 20) {
    const sent = Array.from({ length: 20 }, () => [spelled(random(), rig.server.key)])
    const heard = await together(sent, () => ({ quietMs: 100, patienceMs: 500 }))
    const ours = heard.findIndex(({ statuses }) => statuses.some(isOurFault))
    expect(ours === -1 ? null : sent[ours]).toBeNull()
  }
  await isWell()
  reportFigure(
    'T34',
    `${count} mixed connections, ${http1Corpus.length} of the corpus: same process, no 5xx of ours (seed ${seed})`,
  )
}, 1_500_000)

const big = {
  'nested 100,000 deep': '['.repeat(100_000) + ']'.repeat(100_000),
  'objects nested 100,000 deep': '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000),
  'a million members': `{${Array.from({ length: 1_000_000 }, (_, at) => `"k${at}":0`).join()}}`,
  'one member 100,000 times': `{${'"messages":1,'.repeat(short(20_000, 100_000))}"model":"x"}`,
  'names of prototypes':
    '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"model":"x","messages":[{"role":"user","content":"a","__proto__":{"polluted":1}}]}',
  'a number of 100,000 digits': `{"model":"x","max_tokens":${'9'.repeat(100_000)}}`,
  'an exponent beyond numbers': '{"model":"x","temperature":1e999999}',
  'lone surrogates': '{"model":"\\ud800","messages":"\\udfff"}',
  'a NUL': '{"model":"\\u0000"}',
  'no UTF-8': '{"model":"\u00ff\u00fe"}',
  'a byte order mark alone': '\u00ef\u00bb\u00bf',
  nothing: '',
  'half of it': '{"model":',
} as const
const takers = [
  '/v1/chat/completions',
  '/v1/responses',
  '/v1/messages',
  '/v1/embeddings',
  `/model/eu.amazon.nova-lite-v1:0/converse`,
  `/model/eu.amazon.nova-lite-v1:0/invoke`,
  '/v1beta/models/eu.amazon.nova-lite-v1:0:generateContent',
  '/functions/v1/bedrock-ai-chat',
  '/functions/v1/ai-model-orchestrator',
  '/api/v1/switches',
  '/api/v1/models',
  '/api/v1/keys',
  '/api/v1/prices',
]

async function post(path: string, body: Uint8Array<ArrayBuffer>): Promise<number> {
  const response = await fetch(rig.server.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${rig.server.key}`, 'content-type': 'application/json' },
    body,
  })
  return response.status
}

test.each(Object.entries(big))('T34: JSON: %s', async (_name, text) => {
  for (const path of takers) {
    const status = await post(path, Buffer.from(text, 'latin1'))
    expect([path, isOurFault(status)]).toEqual([path, false])
  }
  await isWell()
})
