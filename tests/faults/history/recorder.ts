import { randomUUID } from 'node:crypto'
import { Agent, request, type ClientRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { faces, wholeFrames, type FaceName } from './faces.ts'

/**
 * How a request ended for its client. `ok`: the whole answer; `fail`: it was told an error, in place of an answer or in the
 * midst of one; `left`: it went away itself; `unknown`: the connection ended with neither.
 */
export type ClientEnd = 'ok' | 'fail' | 'left' | 'unknown'

/** One request, as its client saw it; entered before it is sent. */
export interface ClientEntry {
  readonly mark: string
  readonly face: FaceName
  readonly path: string
  readonly requested: string
  readonly stream: boolean
  /** Unix milliseconds. */
  readonly invokedAtMs: number
  /** Null while it goes on. */
  readonly endedAtMs: number | null
  readonly end: ClientEnd | null
  readonly status: number | null
  /** Of the answer's headers. */
  readonly requestId: string | null
  readonly model: string | null
  readonly revision: number | null
  readonly bytes: number
  /** Of the answer, as far as it came. */
  readonly text: string
  /** What it was told in place of an answer, or what broke. */
  readonly problem: string | null
}

export interface Ask {
  readonly face: FaceName
  readonly model: string
  readonly stream: boolean
  readonly headers?: { readonly [name: string]: string }
  /** What follows the mark in the prompt. */
  readonly prompt?: string
  /** Another path or body than a chat's: of counts, embeddings, wrong requests. */
  readonly path?: string
  readonly body?: (prompt: string) => unknown
  /** The client goes away once this has come about, whatever came. */
  readonly leavesOnce?: Promise<unknown>
  /** Asked at each piece: true = the client goes away. */
  readonly leaves?: (seen: { readonly bytes: number; readonly text: string }) => boolean
}

export interface AskedServer {
  readonly url: string
  readonly key: string
}

export interface Recorder {
  /** Never rejects. */
  ask(server: AskedServer, ask: Ask): Promise<ClientEntry>
  entries(): readonly ClientEntry[]
  /** Kills of a server that the test made: what was sent just before may have left no trace. */
  killed(atMs: number): void
  readonly kills: readonly number[]
  close(): void
}

type Writable = { -readonly [Field in keyof ClientEntry]: ClientEntry[Field] }

/** A holder of mutable state: the entries of one test. */
export function createRecorder(): Recorder {
  const run = randomUUID().replaceAll('-', '').slice(0, 12)
  const entries: Writable[] = []
  const kills: number[] = []
  const agent = new Agent({ keepAlive: true, maxSockets: 256 })
  return {
    kills,
    entries: () => entries,
    killed: (atMs) => void kills.push(atMs),
    close: () => agent.destroy(),
    ask: (server, ask) => {
      const face = faces[ask.face]
      const entry: Writable = {
        mark: `mark-${run}-${entries.length + 1}`,
        face: ask.face,
        path: ask.path ?? face.path(ask.model, ask.stream),
        requested: ask.model,
        stream: ask.stream,
        invokedAtMs: Date.now(),
        ...{ endedAtMs: null, end: null, status: null, requestId: null, model: null, revision: null },
        ...{ bytes: 0, text: '', problem: null },
      }
      entries.push(entry)
      return new Promise((resolve) => new Exchange(entry, ask, resolve).send(server, agent))
    },
  }
}

/** One request under way. */
class Exchange {
  readonly #entry: Writable
  readonly #ask: Ask
  readonly #resolve: (entry: ClientEntry) => void
  #pieces: Buffer[] = []
  #call: ClientRequest | null = null

  constructor(entry: Writable, ask: Ask, resolve: (entry: ClientEntry) => void) {
    this.#entry = entry
    this.#ask = ask
    this.#resolve = resolve
  }

  send(server: AskedServer, agent: Agent): void {
    const { mark, path, requested, stream } = this.#entry
    const face = faces[this.#ask.face]
    const prompt = `${mark} ${this.#ask.prompt ?? 'Tell me of the points.'}`
    const body = this.#ask.body?.(prompt) ?? face.body(requested, prompt, stream)
    const headers = {
      authorization: `Bearer ${server.key}`,
      'content-type': 'application/json',
      'x-pointsman-tags': mark,
      ...face.headers,
      ...this.#ask.headers,
    }
    this.#call = request(`${server.url}${path}`, { method: 'POST', agent, headers }, (answer) =>
      this.#answered(answer),
    )
    this.#call.on('error', (error) => this.#over('unknown', error.message))
    void this.#ask.leavesOnce?.then(() => this.#leave())
    this.#call.end(typeof body === 'string' ? body : JSON.stringify(body))
  }

  #answered(answer: IncomingMessage): void {
    const entry = this.#entry
    entry.status = answer.statusCode ?? null
    entry.requestId = textOf(answer.headers, 'x-pointsman-request-id')
    entry.model = textOf(answer.headers, 'x-pointsman-model')
    const revision = textOf(answer.headers, 'x-pointsman-revision')
    entry.revision = revision === null ? null : Number(revision)
    answer.on('data', (piece: Buffer) => this.#take(piece))
    answer.on('end', () => this.#ended())
    answer.on('error', (error) => this.#over('unknown', error.message))
  }

  #take(piece: Buffer): void {
    this.#pieces.push(piece)
    this.#entry.bytes += piece.length
    if (this.#ask.leaves === undefined || this.#entry.end !== null) return
    if (!this.#ask.leaves({ bytes: this.#entry.bytes, text: this.#read().text })) return
    this.#leave()
  }

  #leave(): void {
    if (this.#entry.end !== null) return
    this.#over('left', null)
    this.#call?.destroy()
  }

  #ended(): void {
    const { status } = this.#entry
    const read = this.#read()
    if (status !== 200) this.#over('fail', Buffer.concat(this.#pieces).toString('utf8').slice(0, 500))
    else if (read.problem !== null) this.#over('fail', read.problem)
    else this.#over(read.complete ? 'ok' : 'unknown', read.complete ? null : 'it ended without an end')
  }

  /** Of a stream the whole frames. */
  #read(): { readonly text: string; readonly complete: boolean; readonly problem: string | null } {
    const bytes = Buffer.concat(this.#pieces)
    const face = faces[this.#ask.face]
    try {
      if (!this.#entry.stream) {
        return { text: face.textOf(JSON.parse(bytes.toString('utf8'))), complete: true, problem: null }
      }
      const whole = wholeFrames(bytes, face.framing)
      const { complete, errors, text } = face.readStream(Uint8Array.from(whole))
      return { text, complete: complete && whole.length === bytes.length, problem: errors[0] ?? null }
    } catch (error) {
      // Not a form that the face has: then it is no whole answer, and the entry says why.
      return { text: '', complete: false, problem: this.#entry.stream ? String(error) : null }
    }
  }

  #over(end: ClientEnd, problem: string | null): void {
    const entry = this.#entry
    if (entry.end !== null) return
    entry.end = end
    entry.endedAtMs = Date.now()
    entry.problem = problem
    if (entry.status === 200) entry.text = this.#read().text
    this.#pieces = []
    this.#resolve(entry)
  }
}

function textOf(headers: IncomingHttpHeaders, name: string): string | null {
  const value = headers[name]
  return typeof value === 'string' ? value : null
}
