import type { Exchange } from './exchange.ts'
import type { ControlDoor } from './ports.ts'

/** A control plane in this process, behind its `fetch`: bodies stream both ways, credentials pass untouched. */
export function createFetchDoor(fetch: (request: Request) => Promise<Response>): ControlDoor {
  return { forward: (exchange) => forward(exchange, fetch) }
}

async function forward(exchange: Exchange, fetch: (request: Request) => Promise<Response>): Promise<void> {
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
