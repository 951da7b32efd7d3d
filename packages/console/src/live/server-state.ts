import { PointsmanApiError } from '@pointsman/sdk'
import { useSyncExternalStore } from 'react'

/** Whether the server can be asked, as the last answers told. */
export interface ServerState {
  readonly there: boolean
  /** Why not; null = no answer at all. */
  readonly problem: string | null
}

let state: ServerState = { there: true, problem: null }
const listeners = new Set<() => void>()

function set(next: ServerState): void {
  if (next.there === state.there && next.problem === state.problem) return
  state = next
  for (const listener of [...listeners]) listener()
}

/** A holder of mutable state: one value for the page, told by whatever asked last. */
export const serverState = {
  now: (): ServerState => state,
  back: (): void => set({ there: true, problem: null }),
  /** Notes a failure that says that the server, or its database, is away; others say nothing of it. */
  failed: (thrown: unknown): void => {
    if (isAway(thrown)) set({ there: false, problem: thrown.statusCode === 0 ? null : thrown.message })
  },
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  },
}

export const useServerState = (): ServerState => useSyncExternalStore(serverState.subscribe, serverState.now)

/** What passes by itself: no answer, a proxy without its server, a server that starts or whose database is away. */
export const isAway = (thrown: unknown): thrown is PointsmanApiError =>
  thrown instanceof PointsmanApiError &&
  (thrown.statusCode === 0 ||
    thrown.statusCode === 502 ||
    thrown.statusCode === 503 ||
    thrown.statusCode === 504)

export const isSignedOut = (thrown: unknown): boolean =>
  thrown instanceof PointsmanApiError && thrown.statusCode === 401
