import { useSyncExternalStore } from 'react'

/** A holder of mutable state beside the components that show it: it stays when their page goes. */
export interface Held<State extends object> {
  readonly now: () => State
  /** What is not named stays as it is. */
  readonly set: (changed: Partial<State>) => void
  readonly subscribe: (listener: () => void) => () => void
}

export function createHeld<State extends object>(initial: State): Held<State> {
  let state = initial
  const listeners = new Set<() => void>()
  return {
    now: () => state,
    set: (changed) => {
      state = { ...state, ...changed }
      for (const listener of [...listeners]) listener()
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

export const useHeld = <State extends object>({ now, subscribe }: Omit<Held<State>, 'set'>): State =>
  useSyncExternalStore(subscribe, now)
