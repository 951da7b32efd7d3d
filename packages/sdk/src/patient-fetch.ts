/** What decides on a request of Node's own `fetch`: more of it is not known here. */
interface Dispatcher {
  dispatch(options: object, handler: unknown): boolean
}

/** Node 26 and later, and those before it; undici's own names, under which its copies find each other. */
const globalDispatchers = ['undici.globalDispatcher.2', 'undici.globalDispatcher.1']
/** So that the caller's own timer is the one that ends it. */
const laterMs = 10_000

const isDispatcher = (value: unknown): value is Dispatcher =>
  typeof value === 'object' && value !== null && 'dispatch' in value && typeof value.dispatch === 'function'

function presentDispatcher(): Dispatcher | undefined {
  // Older ones have none before the first use of what `fetch` is made of.
  void globalThis.Request
  return globalDispatchers
    .map((name): unknown => Reflect.get(globalThis, Symbol.for(name)))
    .find(isDispatcher)
}

/**
 * The global `fetch`, which Node ends after 300 s without a head or a piece of the body: a model may take longer, and the
 * caller may wait longer. Elsewhere `fetch` has no such limits.
 */
export function patientFetch(url: string, init: RequestInit, timeoutMs: number): Promise<Response> {
  const present = presentDispatcher()
  if (present === undefined) return fetch(url, init)
  const limitMs = timeoutMs + laterMs
  const dispatcher: Dispatcher = {
    dispatch: (options, handler) =>
      present.dispatch({ ...options, headersTimeout: limitMs, bodyTimeout: limitMs }, handler),
  }
  const patient: RequestInit = { ...init }
  // Set so because the types of browsers do not know it, and Node's want all of undici's own class.
  Reflect.set(patient, 'dispatcher', dispatcher)
  return fetch(url, patient)
}
