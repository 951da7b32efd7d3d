import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import { runCli, type CliOptions } from '../run-cli.ts'

export interface Received {
  readonly line: string
  readonly headers: IncomingMessage['headers']
  readonly body: unknown
}

type Answer = (response: ServerResponse, received: Received) => void

/** What to answer to `GET /path` (without its query): a value as JSON, or a function that answers itself. */
export type Answers = {
  readonly [line: string]: Answer | { readonly [name: string]: unknown }
}

export interface FakeServer {
  readonly url: string
  readonly received: readonly Received[]
  close(): Promise<void>
}

export const refuse =
  (status: number, error: object, headers: { readonly [name: string]: string } = {}) =>
  (response: ServerResponse): void => {
    response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify({ error }))
  }

/** A real HTTP server that answers what it is told to; anything else is 404. */
export async function startFakeServer(answers: Answers): Promise<FakeServer> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    void (async () => {
      let text = ''
      for await (const chunk of request) text += String(chunk)
      const line = `${request.method ?? ''} ${request.url ?? ''}`
      const one = {
        line,
        headers: request.headers,
        body: text === '' ? undefined : (JSON.parse(text) as unknown),
      }
      received.push(one)
      const answer = answers[line] ?? answers[line.replace(/\?.*/, '')]
      if (answer === undefined)
        refuse(404, { code: 'not_found', message: `Nothing answers at ${line}` })(response)
      else if (typeof answer === 'function') answer(response, one)
      else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    })()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    received,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

export interface Ran {
  readonly code: number
  readonly out: string
  readonly error: string
}

export interface RunOptions {
  readonly url?: string
  readonly key?: string
  /** Set: a terminal of that width. */
  readonly columns?: number
  readonly input?: readonly (string | Uint8Array)[]
  readonly files?: { readonly [path: string]: Uint8Array }
  /** Somebody types the input at a terminal. */
  readonly typed?: boolean
  readonly errorIsTerminal?: boolean
  readonly makeBedrockToken?: CliOptions['makeBedrockToken']
}

async function* pieces(input: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const piece of input) yield await Promise.resolve(Buffer.from(piece))
}

/** One command line as the door runs it, its output captured. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  let out = ''
  let error = ''
  const code = await runCli({
    argv,
    defaults: { url: options.url ?? 'http://127.0.0.1:1', key: 'key' in options ? options.key : 'test-key' },
    stdin: Object.assign(pieces(options.input ?? []), { isTTY: options.typed ?? false }),
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (error += text), isTTY: options.errorIsTerminal ?? false },
    isTerminal: options.columns !== undefined || (options.typed ?? false),
    columns: options.columns ?? null,
    colour: false,
    readFile: (path) => Promise.resolve(options.files?.[path] ?? Buffer.alloc(0)),
    ...(options.makeBedrockToken === undefined ? {} : { makeBedrockToken: options.makeBedrockToken }),
    otherCommands: [{ name: 'serve', summary: 'Starts both planes.' }],
  })
  return { code, out, error }
}
