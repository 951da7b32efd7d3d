/** Any JSON value, read-only: what foreign bodies are until a dialect or a schema has read them. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject
export interface JsonObject {
  readonly [name: string]: JsonValue
}
