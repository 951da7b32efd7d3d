import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerFrames, exceptionFrame } from '../../packages/engine/src/testing/event-stream.ts'

/** What a vendor was sent, head and body. */
interface Sent {
  readonly text: string
  readonly headers: IncomingMessage['headers']
  /** Whatever of it proves who we are. */
  readonly key: string
}

/** A vendor whose every answer quotes what it was sent: our key, and the caller's prompt. */
export interface LeakingVendor {
  readonly url: string
  /** What was sent to it so far. */
  readonly seen: string[]
  answerAs(mood: string): void
  close(): Promise<void>
}

type Mood = (answer: ServerResponse, sent: Sent) => void

const json = { 'content-type': 'application/json' }
const quoted = ({ headers, key }: Sent): string => `${key} of ${JSON.stringify(headers)}`

/** An error in the words of all vendors at once: each is read by its own member. */
const errorBody = (message: string, name: string): string =>
  JSON.stringify({
    message,
    __type: name,
    type: 'error',
    error: { message, type: name, code: name, status: name },
  })

const failing =
  (status: number, name: string): Mood =>
  (answer, sent) => {
    const id = `id ${sent.key}`
    answer.writeHead(status, {
      ...{ ...json, 'retry-after': sent.key, 'x-amzn-errortype': `${name}:${sent.key}` },
      ...{ 'x-request-id': id, 'request-id': id, 'x-amzn-requestid': id },
      ...{ 'set-cookie': `key=${sent.key}`, 'www-authenticate': `Bearer ${sent.key}`, 'x-key': sent.key },
    })
    answer.end(errorBody(`wrong: ${quoted(sent)} ${sent.text}`, name))
  }

const whole =
  (type: string, body: (sent: Sent) => string, status = 200): Mood =>
  (answer, sent) => {
    answer.writeHead(status, { 'content-type': type, 'set-cookie': `key=${sent.key}` })
    answer.end(body(sent))
  }

/** Right before the place at which long texts are cut. */
const atTheCut = (sent: Sent): string => `${'x'.repeat(2_000 - sent.key.length + 3)}${sent.key}`

const chunk = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm' }
const openaiPiece = `data: ${JSON.stringify({ ...chunk, choices: [{ index: 0, delta: { content: 'Well' } }] })}\n\n`
const anthropicPieces = [
  {
    type: 'message_start',
    message: {
      id: 'm',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content: [],
      usage: { input_tokens: 1 },
    },
  },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Well' } },
]
const eventOf = (event: { readonly type: string }): string =>
  `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
const responsesPiece = eventOf({
  ...{ type: 'response.output_text.delta', item_id: 'i', output_index: 0, content_index: 0, delta: 'Well' },
})
const geminiPiece = `data: ${JSON.stringify({ candidates: [{ content: { role: 'model', parts: [{ text: 'Well' }] } }] })}\n\n`

/** It begins as it should, in the form of whoever is asked, and ends with an error that quotes. */
const brokenStream: Mood = (answer, sent) => {
  const { path } = sent.headers as unknown as { path: string }
  const message = `overloaded: ${quoted(sent)} ${sent.text}`
  if (path.endsWith('/converse-stream')) {
    answer.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' })
    for (const frame of answerFrames(['Well']).slice(0, 2)) answer.write(frame)
    answer.end(exceptionFrame('modelStreamErrorException', message))
    return
  }
  answer.writeHead(200, { 'content-type': 'text/event-stream' })
  const error = { message, type: 'server_error', code: 'server_error' }
  if (path.includes('/messages')) {
    answer.write(anthropicPieces.map(eventOf).join(''))
    answer.end(eventOf({ type: 'error', error: { type: 'api_error', message } } as { readonly type: string }))
  } else if (path.includes('/responses')) {
    answer.write(responsesPiece)
    answer.end(eventOf({ ...error, error, type: 'error', sequence_number: 2 } as { readonly type: string }))
  } else if (path.includes('treamGenerate')) {
    answer.write(geminiPiece)
    answer.end(`data: ${JSON.stringify({ error: { code: 500, message, status: 'INTERNAL' } })}\n\n`)
  } else {
    answer.write(openaiPiece)
    answer.end(`data: ${JSON.stringify({ error })}\n\n`)
  }
}

export const moods: { readonly [name: string]: Mood } = {
  'refuses the request': failing(400, 'invalid_request_error'),
  'refuses our key': failing(401, 'invalid_api_key'),
  'refuses our signature': failing(403, 'InvalidSignatureException'),
  'has no such model': failing(404, 'not_found_error'),
  throttles: failing(429, 'rate_limit_exceeded'),
  fails: failing(500, 'internal_server_error'),
  'is overloaded': failing(529, 'overloaded_error'),
  'names its error by our key': (answer, sent) => failing(400, sent.key)(answer, sent),
  'quotes our key where texts are cut': whole(
    'application/json',
    (sent) => errorBody(atTheCut(sent), 'invalid_request_error'),
    400,
  ),
  'answers no JSON': whole('text/html', (sent) => `<h1>${quoted(sent)}</h1>${sent.text}`),
  'answers an error as if it were none': whole('application/json', (sent) =>
    errorBody(`wrong: ${quoted(sent)} ${sent.text}`, 'server_error'),
  ),
  'answers JSON that is cut': whole(
    'application/json',
    (sent) => `{"error":{"message":"${sent.key} ${sent.key}`,
  ),
  'says its own type': whole('x/y', (sent) => JSON.stringify({ choices: sent.key, key: sent.key })),
  'breaks its stream': brokenStream,
  'sends us elsewhere': (answer, sent) =>
    answer.writeHead(307, { location: `http://127.0.0.1:9/?key=${sent.key}` }).end(sent.key),
  'says a head that is none': (answer, sent) =>
    void answer.socket?.end(`HTTP/1.1 200 OK\r\n${sent.key}\r\nx y: ${sent.key}\r\n\r\n`),
  'says its end twice': (answer, sent) =>
    void answer.socket?.end(
      `HTTP/1.1 200 OK\r\ncontent-length: ${sent.key}\r\ntransfer-encoding: ${sent.key}\r\n\r\n`,
    ),
  'breaks off': (answer, sent) => {
    answer.writeHead(200, { ...json, 'content-length': '9999' })
    answer.write(sent.key, () => answer.destroy())
  },
}

export async function startLeakingVendor(): Promise<LeakingVendor> {
  let mood: Mood = failing(500, 'none')
  const seen: string[] = []
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    response.on('error', () => response.destroy())
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const { headers, rawHeaders, url = '' } = request
      const text = Buffer.concat(pieces).toString()
      seen.push([url, ...rawHeaders, text].join('\n'))
      const given = headers.authorization ?? headers['x-api-key'] ?? headers['x-goog-api-key']
      const key = String(given).replace(/^Bearer /, '')
      mood(response, { text, key, headers: { ...headers, path: url } })
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    answerAs: (name) => {
      const found = moods[name]
      if (found === undefined) throw new Error(`there is no mood ${name}`)
      mood = found
    },
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
