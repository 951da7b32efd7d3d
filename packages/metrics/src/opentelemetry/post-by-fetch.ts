import type { OtlpTarget } from './configuration.ts'
import { OtlpRefusal, type PostOtlp } from './exporter.ts'

/** What the specification lets be sent again. */
const retryable = new Set([429, 502, 503, 504])

/** A call by the platform's `fetch`. Redirects are not followed: the headers may hold a key. */
export const postByFetch: PostOtlp = async ({ gzip, headers, url }, body, signal) => {
  const packed = gzip
    ? await new Response(new Blob([body]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer()
    : body
  const answer = await fetch(url, {
    ...{ method: 'POST', redirect: 'manual', signal, body: packed },
    headers: {
      'content-type': 'application/json',
      ...(gzip ? { 'content-encoding': 'gzip' } : {}),
      ...headers,
    },
  })
  const told = await beginningOf(answer, keysIn(headers))
  if (answer.ok) {
    const rejected = /"rejected(?:Spans|DataPoints)"\s*:\s*"?([1-9]\d*)/.exec(told)?.[1]
    if (rejected !== undefined) throw new OtlpRefusal(`the receiver rejected ${rejected} of them: ${told}`)
    return
  }
  const message = `${new URL(url).origin} answered ${answer.status}: ${told}`
  throw retryable.has(answer.status) ? new Error(message) : new OtlpRefusal(message)
}

const shownBytes = 300

/** Shorter values are no keys. */
const shortestKey = 8

const keysIn = (headers: OtlpTarget['headers']): readonly string[] =>
  Object.values(headers)
    .flatMap((value) => value.split(' '))
    .filter(({ length }) => length >= shortestKey)

/**
 * Counted as it comes, and no more of it: whatever answers there must not fill our memory. What it says is logged, and whoever
 * refuses a key may quote it.
 */
async function beginningOf({ body }: Response, keys: readonly string[]): Promise<string> {
  const decoder = new TextDecoder()
  const readBytes = Math.max(shownBytes, ...keys.map(({ length }) => shownBytes + length))
  let text = ''
  // Leaving the loop early cancels the rest.
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length >= readBytes) break
  }
  return keys.reduce((told, key) => told.replaceAll(key, '…'), text).slice(0, shownBytes)
}
