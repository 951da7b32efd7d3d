import { connect, type ClientHttp2Session } from 'node:http2'
import { request } from 'node:http'
import { faces, type FaceName } from '../history/faces.ts'

export interface Question {
  readonly url: string
  readonly key: string
  readonly face: FaceName
  readonly model: string
  readonly stream: boolean
  /** First word of the prompt: how the vendor's ledger names the request. */
  readonly mark: string
  readonly protocol: 'http/1.1' | 'h2'
}

/** A request under way that its client may leave. */
export interface Leaving {
  /** Bytes of the body that came. */
  received(): number
  /** Ends the connection (HTTP/2: resets the stream). */
  leave(): void
}

export function ask(question: Question): Leaving {
  const { face: name, key, mark, model, protocol, stream } = question
  const face = faces[name]
  const body = JSON.stringify(face.body(model, `${mark} Tell me of the points.`, stream))
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...face.headers }
  const path = face.path(model, stream)
  return protocol === 'h2'
    ? overHttp2(question.url, { ...headers, ':path': path, ':method': 'POST' }, body)
    : overHttp1(`${question.url}${path}`, headers, body)
}

function overHttp1(url: string, headers: { readonly [name: string]: string }, body: string): Leaving {
  let bytes = 0
  const call = request(url, { method: 'POST', headers, agent: false }, (answer) => {
    answer.on('data', (piece: Buffer) => (bytes += piece.length))
    // It is left in its midst: that is the test.
    answer.on('error', () => answer.destroy())
  })
  call.on('error', () => call.destroy())
  call.end(body)
  return { received: () => bytes, leave: () => call.destroy() }
}

function overHttp2(url: string, headers: { readonly [name: string]: string }, body: string): Leaving {
  const session: ClientHttp2Session = connect(url)
  session.on('error', () => session.destroy())
  let bytes = 0
  const call = session.request(headers)
  call.on('data', (piece: Buffer) => (bytes += piece.length))
  call.on('error', () => call.destroy())
  call.end(body)
  return {
    received: () => bytes,
    leave: () => {
      // The stream alone: the connection, which other streams would share, goes on.
      call.on('close', () => session.destroy())
      call.close(8)
    },
  }
}
