/** What decides on a request of Node's own `fetch`: more of it is not known here. */
interface Dispatcher {
  dispatch(options: object, handler: unknown): boolean
}

/** Undici's own names, under which its copies find each other: Node 26 and later know both, those before it the older. */
const newerName = Symbol.for('undici.globalDispatcher.2')
const olderName = Symbol.for('undici.globalDispatcher.1')
/** So that the caller's own timer is the one that ends it. */
const laterMs = 10_000

const isDispatcher = (value: unknown): value is Dispatcher =>
  typeof value === 'object' && value !== null && 'dispatch' in value && typeof value.dispatch === 'function'

function dispatcherOf(name: symbol): Dispatcher | null {
  const value: unknown = Reflect.get(globalThis, name)
  return isDispatcher(value) ? value : null
}

const isNewer = (handler: unknown): boolean =>
  typeof handler === 'object' && handler !== null && 'onRequestStart' in handler

/**
 * The global `fetch`, which Node ends after 300 s without a head or a piece of the body: a model may take longer, and the
 * caller may wait longer. Elsewhere `fetch` has no such limits.
 */
export function patientFetch(url: string, init: RequestInit, timeoutMs: number): Promise<Response> {
  // Older ones have none before the first use of what `fetch` is made of.
  void globalThis.Request
  const older = dispatcherOf(olderName)
  const newer = dispatcherOf(newerName) ?? older
  if (newer === null) return fetch(url, init)
  const limitMs = timeoutMs + laterMs
  const dispatcher: Dispatcher = {
    dispatch(options, handler) {
      // An application's copy of undici 8 puts the newer one beside an older Node, whose `fetch` it does not understand.
      const asked = isNewer(handler) ? newer : (older ?? newer)
      return asked.dispatch({ ...options, headersTimeout: limitMs, bodyTimeout: limitMs }, handler)
    },
  }
  const patient: RequestInit = { ...init }
  // Set so because the types of browsers do not know it, and Node's want all of undici's own class.
  Reflect.set(patient, 'dispatcher', dispatcher)
  return fetch(url, patient)
}
