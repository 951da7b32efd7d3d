import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { answerFrames } from '../../packages/engine/src/testing/event-stream.ts'

/** What a vendor answers, in its own bytes. */
export interface VendorAnswer {
  readonly status: number
  readonly headers?: { readonly [name: string]: string }
  /** Pieces are sent one by one. */
  readonly body: string | Uint8Array | readonly Uint8Array[]
  /** The connection is cut after the body, before the answer's end. */
  readonly breaks?: true
}

/** All four vendors at one address: the model that a test is about answers as told, the spare one always well. */
export interface FaultyUpstream {
  /** Without a path. */
  readonly url: string
  answerWith(answer: VendorAnswer): void
  /** Paths of all requests since the last call. */
  takePaths(): readonly string[]
  close(): Promise<void>
}

/** The fallback of every route here, served through Bedrock. */
export const spareModel = 'eu.amazon.nova-pro-v1:0'
export const spareText = 'THE SPARE MODEL SERVES'

const spareAnswer = {
  output: { message: { role: 'assistant', content: [{ text: spareText }] } },
  stopReason: 'end_turn',
  usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 },
  metrics: { latencyMs: 7 },
}
const spareStream = Buffer.concat(answerFrames([spareText]))

export async function startFaultyUpstream(): Promise<FaultyUpstream> {
  let paths: readonly string[] = []
  let answer: VendorAnswer | null = null
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    paths = [...paths, path]
    buffer(request).then(
      () => (path.includes('nova-pro') ? sendSpare(response, path) : send(response, answer)),
      () => response.destroy(),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answerWith: (next) => {
      answer = next
    },
    takePaths: () => {
      const all = paths
      paths = []
      return all
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function sendSpare(response: ServerResponse, path: string): void {
  if (path.endsWith('-stream')) {
    response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' }).end(spareStream)
  } else {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(spareAnswer))
  }
}

async function send(response: ServerResponse, answer: VendorAnswer | null): Promise<void> {
  if (answer === null) {
    response.destroy()
    return
  }
  const { status, headers, body, breaks } = answer
  response.writeHead(status, headers)
  const pieces = typeof body === 'string' ? [Buffer.from(body)] : body instanceof Uint8Array ? [body] : body
  response.flushHeaders()
  for (const piece of pieces) {
    if (piece.byteLength > 0) await new Promise((resolve) => response.write(piece, resolve))
  }
  if (breaks === undefined) response.end()
  else response.destroy()
}
