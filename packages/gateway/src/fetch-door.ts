import type { Exchange } from './exchange.ts'
import type { ControlDoor } from './ports.ts'

/** A control plane in this process, behind its `fetch`: bodies stream both ways, credentials pass untouched. */
export function createFetchDoor(fetch: (request: Request) => Promise<Response>): ControlDoor {
  return { forward: (exchange) => forward(exchange, fetch) }
}

/** Methods that `Request` takes and the control plane knows; it throws on TRACE and CONNECT. */
const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

async function forward(exchange: Exchange, fetch: (request: Request) => Promise<Response>): Promise<void> {
  if (!methods.has(exchange.method) || !exchange.path.startsWith('/')) {
    exchange.client.head(exchange.path.startsWith('/') ? 405 : 400, ['content-type', 'application/json'])
    exchange.client.end(new TextEncoder().encode(refusal))
    return
  }
  const abort = new AbortController()
  exchange.client.onClosed(() => abort.abort())
  const response = await fetch(requestOf(exchange, abort.signal))
  const headers: string[] = []
  response.headers.forEach((value, name) => headers.push(name, value))
  exchange.client.head(response.status, headers)
  if (response.body !== null && exchange.method !== 'HEAD') {
    for await (const chunk of response.body) {
      if (exchange.client.closed) break
      if (!exchange.client.write(chunk as Uint8Array)) await exchange.client.drained()
    }
  }
  exchange.client.end()
}

function requestOf(exchange: Exchange, signal: AbortSignal): Request {
  const headers = new Headers()
  for (let index = 0; index + 1 < exchange.rawHeaders.length; index += 2) {
    const name = exchange.rawHeaders[index] ?? ''
    // HTTP/2's pseudo headers are not headers, and `connection` belongs to the client's own hop.
    if (name.startsWith(':') || name.toLowerCase() === 'connection') continue
    headers.append(name, exchange.rawHeaders[index + 1] ?? '')
  }
  // The host is fixed on purpose: nothing may be decided by a Host header that a caller wrote.
  const url = `http://pointsman.local${exchange.path}${exchange.query === '' ? '' : `?${exchange.query}`}`
  const hasBody = exchange.method !== 'GET' && exchange.method !== 'HEAD'
  if (!hasBody) return new Request(url, { method: exchange.method, headers, signal })
  return new Request(url, {
    method: exchange.method,
    headers,
    signal,
    body: ReadableStream.from(exchange.bodyChunks()),
    duplex: 'half',
  })
}

const refusal =
  '{"error":{"code":"method_not_allowed","message":"This server takes GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS on paths that begin with a slash."}}'
