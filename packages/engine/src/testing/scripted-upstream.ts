import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerFrames } from './event-stream.ts'

/** A call as the vendor saw it. */
export interface SeenCall {
  readonly model: string
  readonly operation: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
  /** Resolves when the connection's answer is over: `ended` by us, or `left` by the caller before. */
  readonly over: Promise<'ended' | 'left'>
}

export type Answer = (answer: ServerResponse, call: SeenCall) => void | Promise<void>

/** A vendor on loopback whose every answer a test writes, by model id. */
export class ScriptedUpstream {
  readonly calls: SeenCall[] = []
  readonly #answers = new Map<string, Answer>()
  readonly #server: Server
  url = ''

  constructor() {
    this.#server = createServer((request, response) => this.#take(request, response))
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', () => resolve()))
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  on(model: string, answer: Answer): void {
    this.#answers.set(model, answer)
  }

  connections(): Promise<number> {
    return new Promise((resolve, reject) =>
      this.#server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
    )
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** A fault in a test's own script shows as a broken connection. */
  #run(answer: Answer, response: ServerResponse, call: SeenCall): void {
    Promise.resolve(answer(response, call)).catch(() => response.destroy())
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const [, , id = '', operation = ''] = (request.url ?? '').split('/')
    const pieces: Buffer[] = []
    const { promise: over, resolve } = Promise.withResolvers<'ended' | 'left'>()
    response.on('close', () => resolve(response.writableFinished ? 'ended' : 'left'))
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const model = decodeURIComponent(id)
      const body = Buffer.concat(pieces).toString()
      const call = { model, operation, headers: request.headers, body, over }
      this.calls.push(call)
      const answer = this.#answers.get(model)
      this.#run(answer ?? noSuchModel, response, call)
    })
  }
}

/** A whole Converse answer. */
export const whole =
  (text: string, changed: object = {}): Answer =>
  (answer) => {
    answer.writeHead(200, { 'content-type': 'application/json', 'x-amzn-requestid': 'vendor-1' })
    answer.end(
      JSON.stringify({
        output: { message: { role: 'assistant', content: [{ text }] } },
        stopReason: 'end_turn',
        usage: { inputTokens: 11, outputTokens: 7, totalTokens: 18 },
        metrics: { latencyMs: 42 },
        ...changed,
      }),
    )
  }

export const failing =
  (status: number, name: string, message: string, headers: Record<string, string> = {}): Answer =>
  (answer) => {
    answer.writeHead(status, {
      'content-type': 'application/json',
      'x-amzn-errortype': `${name}:http://internal.amazon.com/coral/com.amazon.bedrock/`,
      'x-amzn-requestid': 'vendor-failed',
      ...headers,
    })
    answer.end(JSON.stringify({ message }))
  }

const noSuchModel = failing(404, 'ResourceNotFoundException', 'no such model')

export const streamHead = (answer: ServerResponse): void => {
  answer.writeHead(200, {
    'content-type': 'application/vnd.amazon.eventstream',
    'x-amzn-requestid': 'vendor-1',
  })
  answer.flushHeaders()
}

/** These frames, one write each, then a tidy end. */
export const streamed =
  (frames: readonly Uint8Array[]): Answer =>
  async (answer) => {
    streamHead(answer)
    for (const frame of frames) await send(answer, frame)
    answer.end()
  }

/** A whole stream of these pieces of text. */
export const streamedText = (...pieces: readonly string[]): Answer => streamed(answerFrames(pieces))

/** These frames, then the connection is cut without an end. */
export const cutAfter =
  (frames: readonly Uint8Array[], more: Uint8Array = new Uint8Array(0)): Answer =>
  async (answer) => {
    streamHead(answer)
    for (const frame of frames) await send(answer, frame)
    if (more.byteLength > 0) await send(answer, more)
    answer.destroy()
  }

/** These frames, then silence. */
export const stalledAfter =
  (frames: readonly Uint8Array[]): Answer =>
  async (answer) => {
    streamHead(answer)
    for (const frame of frames) await send(answer, frame)
  }

export const silence: Answer = () => undefined

const send = (answer: ServerResponse, bytes: Uint8Array) =>
  new Promise<void>((resolve) => void answer.write(bytes, () => resolve()))
