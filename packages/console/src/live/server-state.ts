import { PointsmanApiError } from '@pointsman/sdk'
import { useSyncExternalStore } from 'react'
import { fill } from '../text/fill.ts'
import { shared } from '../text/shared.ts'

/** Whether the server can be asked, as the last answers told. */
export interface ServerState {
  readonly there: boolean
  /** What to tell people meanwhile; empty while it is there. */
  readonly words: string
}

const isThere: ServerState = { there: true, words: '' }
let state: ServerState = isThere
const listeners = new Set<() => void>()

function set(next: ServerState): void {
  if (next.words === state.words) return
  state = next
  for (const listener of [...listeners]) listener()
}

/** A holder of mutable state: one value for the page, told by whatever asked last. */
export const serverState = {
  now: (): ServerState => state,
  back: (): void => set(isThere),
  /** Notes a failure that says that the server, or its database, is away; others say nothing of it. */
  failed: (thrown: unknown): void => {
    if (isAway(thrown)) set({ there: false, words: awayWords(thrown) })
  },
  /** At once where it is there. */
  whenThere: (): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!state.there) return
        listeners.delete(look)
        resolve()
      }
      listeners.add(look)
      look()
    }),
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  },
}

export const useServerState = (): ServerState => useSyncExternalStore(serverState.subscribe, serverState.now)

function awayWords({ code, message, statusCode }: PointsmanApiError): string {
  if (statusCode === 0) return shared.serverGone
  // Not in our words: somebody between here and the server.
  return code === 'not_json'
    ? fill(shared.proxyAlone, { status: String(statusCode) })
    : fill(shared.serverAway, { problem: message })
}

/** By code, not by status: what a provider lacks, or one store refuses, is a 503 of a server that is there. */
const awayCodes: readonly string[] = ['not_ready', 'registry_unavailable', 'shutting_down']
const proxyStatuses: readonly number[] = [502, 503, 504]

/** What passes by itself: no answer, a proxy without its server, a server that starts or whose database is away. */
export const isAway = (thrown: unknown): thrown is PointsmanApiError =>
  thrown instanceof PointsmanApiError &&
  (thrown.statusCode === 0 ||
    awayCodes.includes(thrown.code) ||
    (thrown.code === 'not_json' && proxyStatuses.includes(thrown.statusCode)))

export const isSignedOut = (thrown: unknown): boolean =>
  thrown instanceof PointsmanApiError && thrown.statusCode === 401
