export type ResponseHeaders = Readonly<Record<string, string | number>>

/** Where an answer goes: one request's way back to its client, whatever the protocol. */
export interface Outlet {
  /** True once the client closed, or the connection broke. */
  readonly left: boolean
  /** Status and headers; they leave with the first bytes, or at once when none follow in the same turn. */
  begin(status: number, headers: ResponseHeaders): void
  /** False when the connection wants no more until `onDrain`. */
  write(bytes: Uint8Array): boolean
  end(bytes?: Uint8Array): void
  /** Breaks the connection after what was written has been handed over. */
  cut(): void
  /** Calls once, when there is room again. */
  onDrain(continueWriting: () => void): void
  /** Calls once, when the client has left. */
  onLeft(stop: () => void): void
}
