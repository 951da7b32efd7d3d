import type { DialectName, JsonObject } from '@pointsman/contract'

/**
 * How one family's native body and events stand to the dialect that they are a variant of: InvokeModel adds its own
 * envelope and a few names, and everything else is that dialect's.
 */
export interface InvokeFamily {
  readonly name: DialectName
  /** Fields of the body that the base dialect has not: they stand among a call's extras. */
  readonly ownFields: readonly string[]
  /** A request's body as the base dialect reads it. Throws `invalid_request` with the field. */
  readRequestBody(body: JsonObject): JsonObject
  /**
   * The other way round, with `ownFields` as they were read, to which it may add; `warn` tells what was left out. Throws
   * `unsupported_parameter`.
   */
  writeRequestBody(body: JsonObject, warn: (field: string, what: string) => void): JsonObject
  /** A whole answer, from the vendor's form to the base dialect's and back. */
  readResultBody(body: JsonObject): JsonObject
  writeResultBody(body: JsonObject): JsonObject
  /** An event, as the frame that the base dialect's stream has for it; null for one that it does not know. */
  readEvent(event: JsonObject): Uint8Array | null
  /** The events in what the base dialect wrote. */
  writeEvents(bytes: Uint8Array): readonly JsonObject[]
  /** The event that Bedrock's own counts stand in. */
  isLast(event: JsonObject): boolean
}
