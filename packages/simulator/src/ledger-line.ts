import { randomUUID } from 'node:crypto'
import type { RequestHead } from './exchange.ts'
import type { LedgerLine } from './ledger.ts'

/** The ledger's line of a request that has just arrived. */
export function newLedgerLine(head: RequestHead, receivedAtMs: number): LedgerLine {
  return {
    sequence: 0,
    requestId: randomUUID(),
    receivedAt: new Date(receivedAtMs).toISOString(),
    protocol: head.protocol,
    method: head.method,
    path: withoutKey(head.target).slice(0, 1_000),
    headers: notedHeaders(head),
    authorization: { kind: 'none', keyId: null },
    bodyBytes: 0,
    bodySha256: null,
    marker: null,
    operation: null,
    model: null,
    region: null,
    promptTokens: null,
    rule: null,
    status: null,
    errorName: null,
    chunks: 0,
    tokens: 0,
    bytes: 0,
    usage: null,
    finished: false,
    clientLeft: false,
    clientLeftAfterMs: null,
    durationMs: null,
    failure: null,
  }
}

/** Some vendors take a key in the query. */
function withoutKey(target: string): string {
  return target.replaceAll(/([?&]key=)[^&]*/g, '$1…')
}

const NOTED =
  /^(?:accept|content-length|content-type|host|:authority|user-agent|traceparent|amz-sdk-.*|anthropic-.*|x-(?!amz-security-token|api-key|goog-api-key).*)$/

/** The headers that tell something of the caller; none that holds a secret. */
function notedHeaders(head: RequestHead): Readonly<Record<string, string>> {
  const noted: Record<string, string> = {}
  for (const [name, value] of Object.entries(head.headers)) {
    if (value !== undefined && NOTED.test(name)) noted[name] = String(value).slice(0, 500)
  }
  return noted
}

const MARKER = /mark-[0-9a-z]+-[0-9]+/

/** Where a body names itself. Most do not: those cost one search for five bytes. */
export function markerIn(body: Buffer): string | null {
  const at = body.indexOf('mark-')
  return at === -1 ? null : (MARKER.exec(body.toString('latin1', at, at + 200))?.[0] ?? null)
}
