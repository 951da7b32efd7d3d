import type { Attributes, AttributeValue, Span } from './span.ts'

/** OTLP 1.x as JSON: ids in hexadecimal, 64-bit numbers as text, enumerations as numbers. */

interface KeyValue {
  readonly key: string
  readonly value: object
}

export interface Scope {
  readonly name: string
  readonly version: string
}

const valueOf = (value: AttributeValue): object => {
  switch (typeof value) {
    case 'string':
      return { stringValue: value }
    case 'boolean':
      return { boolValue: value }
    case 'number':
      return Number.isInteger(value) ? { intValue: value } : { doubleValue: value }
    default:
      return { arrayValue: { values: value.map((text) => ({ stringValue: text })) } }
  }
}

export const keyValues = (attributes: Attributes): readonly KeyValue[] =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: valueOf(value) }))

/** Nanoseconds as text; a double holds Unix milliseconds to a quarter of a microsecond. */
export function nanos(atMs: number): string {
  const wholeMs = Math.floor(atMs)
  return String(BigInt(wholeMs) * 1_000_000n + BigInt(Math.round((atMs - wholeMs) * 1e6)))
}

const kinds = { internal: 1, server: 2, client: 3 } as const
/** Sampled by who decided it; whether the parent came from another process is known. */
const flags = { sampled: 0x01, known: 0x100, remote: 0x200 } as const

/** The body of `POST /v1/traces`. */
export const tracesBody = (spans: readonly Span[], resource: Attributes, scope: Scope): object => ({
  resourceSpans: [
    {
      resource: { attributes: keyValues(resource), droppedAttributesCount: 0 },
      scopeSpans: [{ scope, spans: spans.map(spanBody) }],
    },
  ],
})

function spanBody(span: Span): object {
  const { attributes, endedAtMs, error, kind, name, parentSpanId, spanId, startedAtMs, traceId } = span
  const isRemote = kind === 'server' && parentSpanId !== null
  return {
    ...{ traceId, spanId },
    ...(span.traceState === null ? {} : { traceState: span.traceState }),
    ...(parentSpanId === null ? {} : { parentSpanId }),
    ...{ name, kind: kinds[kind] },
    startTimeUnixNano: nanos(startedAtMs),
    endTimeUnixNano: nanos(endedAtMs),
    attributes: keyValues(attributes),
    droppedAttributesCount: 0,
    events: [],
    droppedEventsCount: 0,
    status: error === null ? { code: 0 } : { code: 2, message: error },
    links: [],
    droppedLinksCount: 0,
    flags: flags.sampled | flags.known | (isRemote ? flags.remote : 0),
  }
}
