/** A value as OpenTelemetry takes it. */
export type AttributeValue = string | number | boolean | readonly string[]
export type Attributes = { readonly [name: string]: AttributeValue }

/** A span that has ended, free of any SDK. */
export interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | null
  readonly traceState: string | null
  readonly name: string
  readonly kind: 'internal' | 'server' | 'client'
  /** Unix milliseconds, with fractions. */
  readonly startedAtMs: number
  readonly endedAtMs: number
  readonly attributes: Attributes
  /** Null = it ended well. */
  readonly error: string | null
}

/** Attributes without those that are not known. */
export function known(all: { readonly [name: string]: AttributeValue | null | undefined }): Attributes {
  const attributes: Record<string, AttributeValue> = {}
  for (const [name, value] of Object.entries(all)) if (value != null) attributes[name] = value
  return attributes
}
