import type { ServerResponse } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { requestId, switchId, usageRecord } from './testing/fake-answers.ts'
import { refuse, run, startFakeServer, type Answers, type FakeServer } from './testing/run.ts'

const open: FakeServer[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})
async function serve(answers: Answers): Promise<FakeServer> {
  const server = await startFakeServer(answers)
  open.push(server)
  return server
}

const event = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`
const nova = 'eu.amazon.nova-pro-v1:0'
const lite = 'eu.amazon.nova-lite-v1:0'

interface Said {
  readonly model?: string
  readonly pieces?: readonly string[]
  readonly headers?: { readonly [name: string]: string }
  readonly end?: string
}

function say(
  response: ServerResponse,
  { model = nova, pieces = ['Hel', 'lo'], headers = {}, end }: Said = {},
): void {
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'x-pointsman-request-id': requestId,
    'x-pointsman-model': model,
    'x-pointsman-reason': 'use-case',
    'x-pointsman-revision': '8',
    'x-pointsman-attempts': '1',
    ...headers,
  })
  for (const content of pieces) response.write(event({ choices: [{ delta: { content } }] }))
  const usage = { prompt_tokens: 6, completion_tokens: 53 }
  response.end(
    end ??
      `${event({ choices: [{ delta: {}, finish_reason: 'stop' }] })}${event({ choices: [], usage })}data: [DONE]\n\n`,
  )
}

const explained = {
  [`GET /api/v1/requests/${requestId}/explain`]: { requestId, words: [], record: usageRecord },
}
const withoutTime = (text: string): string => text.replaceAll(/\d+ ms/g, 'N ms')
const messagesOf = (server: FakeServer): unknown[] =>
  server.received.flatMap(({ line, body }) =>
    line === 'POST /v1/chat/completions' ? [(body as { readonly messages: unknown }).messages] : [],
  )

test('one question: the answer, who served it, why, what it cost', async () => {
  const server = await serve({ 'POST /v1/chat/completions': (response) => say(response), ...explained })
  const argv = [
    'chat',
    'use-case/clinical',
    '--message',
    'Hi',
    '--system',
    'Be kind',
    '--conversation',
    'c-1',
  ]
  const { code, out, error } = await run(argv, { url: server.url })
  expect([code, error]).toEqual([0, ''])
  expect(withoutTime(out)).toBe(
    `Hello\n— ${nova} · use-case · revision 8 · N ms · 6 + 53 tokens · $0.000229\n`,
  )
  expect(server.received[0]).toMatchObject({
    headers: { 'x-pointsman-conversation': 'c-1' },
    body: {
      model: 'use-case/clinical',
      stream: true,
      messages: [
        { role: 'system', content: 'Be kind' },
        { role: 'user', content: 'Hi' },
      ],
    },
  })
})

test('the same as JSON, its question read whole from input', async () => {
  const server = await serve({ 'POST /v1/chat/completions': (response) => say(response), ...explained })
  const { out } = await run(['chat', '--message', '-', '--json'], {
    url: server.url,
    input: ['one\n', 'two\n'],
  })
  expect(JSON.parse(out)).toMatchObject({
    ...{ text: 'Hello', finishReason: 'stop', costUsd: 0.000229, model: nova, requestId },
    usage: { inputTokens: 6, outputTokens: 53 },
  })
  expect(messagesOf(server)).toEqual([[{ role: 'user', content: 'one\ntwo\n' }]])
  expect(server.received[0]?.body).toMatchObject({ model: 'default' })
})

describe('a conversation', () => {
  test('remembers what was said, and tells when another model answers', async () => {
    const said: Said[] = [
      {},
      { model: lite, headers: { 'x-pointsman-switch': switchId, 'x-pointsman-warnings': 'past its end' } },
      { model: nova, headers: { 'x-pointsman-reason': 'fallback', 'x-pointsman-attempts': '2' } },
    ]
    const server = await serve({
      'POST /v1/chat/completions': (response) => say(response, said.shift()),
      ...explained,
    })
    // Lines end wherever the pieces of input end.
    const input = ['Hi\r\n\n  \nAnd', ' now?\nStill there?']
    const { code, out } = await run(['chat', 'use-case/clinical'], { url: server.url, input, typed: true })
    expect(code).toBe(0)
    expect(withoutTime(out)).toBe(
      [
        'Talking to use-case/clinical. /new begins anew, /quit ends.',
        `› Hello`,
        `— ${nova} · use-case · revision 8 · N ms · 6 + 53 tokens · $0.000229`,
        `› › › ⇄ The model changed by the switch ${switchId}: ${nova} → ${lite}`,
        'Hello',
        `— ${lite} · use-case · revision 8 · N ms · 6 + 53 tokens · $0.000229`,
        'Warning: past its end',
        `› ⇄ The model changed as a fallback: ${lite} → ${nova}`,
        'Hello',
        `— ${nova} · fallback · revision 8 · 2 attempts · N ms · 6 + 53 tokens · $0.000229`,
        '› ',
        '',
      ].join('\n'),
    )
    expect(messagesOf(server).at(-1)).toEqual([
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello' },
      { role: 'user', content: 'And now?' },
      { role: 'assistant', content: 'Hello' },
      { role: 'user', content: 'Still there?' },
    ])
  })

  test('goes on after a failure, which does not stay in it; input from a file then fails', async () => {
    const answers = [refuse(503, { code: 'no_candidate', message: 'No usable model' }), say]
    const server = await serve({
      'POST /v1/chat/completions': (response) => (answers.shift() ?? say)(response),
      ...explained,
    })
    const { code, out } = await run(['chat'], { url: server.url, input: ['one\ntwo\n'] })
    expect(code).toBe(1)
    expect(out).toContain('No usable model.\nHello\n')
    expect(messagesOf(server)).toEqual([
      [{ role: 'user', content: 'one' }],
      [{ role: 'user', content: 'two' }],
    ])
  })

  test('begins anew with /new and ends with /quit', async () => {
    const server = await serve({ 'POST /v1/chat/completions': (response) => say(response), ...explained })
    const input = ['one\n/new\ntwo\n/quit\nthree\n']
    expect((await run(['chat', '--system', 's'], { url: server.url, input })).code).toBe(0)
    expect(messagesOf(server)).toEqual([
      [
        { role: 'system', content: 's' },
        { role: 'user', content: 'one' },
      ],
      [
        { role: 'system', content: 's' },
        { role: 'user', content: 'two' },
      ],
    ])
  })

  test('is one JSON a line for programs, errors included', async () => {
    const answers = [say, refuse(429, { code: 'limit_reached', message: 'Too many' })]
    const server = await serve({
      'POST /v1/chat/completions': (response) => (answers.shift() ?? say)(response),
      ...explained,
    })
    const { code, out } = await run(['chat', '--json'], { url: server.url, input: ['one\ntwo\n'] })
    expect(code).toBe(1)
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object)
    expect(lines).toMatchObject([{ text: 'Hello' }, { error: { code: 'limit_reached', statusCode: 429 } }])
  })
})

describe('an answer that breaks off', () => {
  test('keeps what came, says so, and fails', async () => {
    const server = await serve({ 'POST /v1/chat/completions': (response) => say(response, { end: '\n' }) })
    const { code, out, error } = await run(['chat', '-m', 'Hi'], { url: server.url })
    expect([code, out]).toEqual([3, 'Hello\n'])
    expect(error).toBe('pointsman: The answer broke off before its end: what came of it is not whole.\n')
  })
})

test('a conversation that was switched is told so at its first answer', async () => {
  const headers = { 'x-pointsman-switch': switchId, 'x-pointsman-reason': 'conversation' }
  const server = await serve({
    'POST /v1/chat/completions': (response) => say(response, { headers }),
    ...explained,
  })
  const { out } = await run(['chat', '-m', 'Hi', '--conversation', 'c-1'], { url: server.url })
  expect(out.split('\n')[0]).toBe(`⇄ This conversation was moved by the switch ${switchId}.`)
})

test('a key that may not read costs does not fail, and does not ask again', async () => {
  const server = await serve({
    'POST /v1/chat/completions': (response) => say(response),
    [`GET /api/v1/requests/${requestId}/explain`]: refuse(403, { code: 'forbidden', message: 'No' }),
  })
  const { code, out } = await run(['chat'], { url: server.url, input: ['one\ntwo\n'] })
  expect(code).toBe(0)
  expect(out).not.toContain('$')
  expect(server.received.filter(({ line }) => line.startsWith('GET'))).toHaveLength(1)
})

test('what a model writes cannot move the cursor', async () => {
  const server = await serve({
    'POST /v1/chat/completions': (response) => say(response, { pieces: ['a\u001b[2Jb\n\tc\r'] }),
    ...explained,
  })
  expect((await run(['chat', '-m', 'Hi'], { url: server.url })).out.startsWith('a[2Jb\n\tc\n—')).toBe(true)
})

test('an empty message is not sent', async () => {
  const { code, error } = await run(['chat', '--message', ' '])
  expect([code, error]).toEqual([2, 'pointsman: The message is empty. See: pointsman chat --help\n'])
})
