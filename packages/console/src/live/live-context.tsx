import { useQueryClient } from '@tanstack/react-query'
import type { RegistryEvent } from '@pointsman/sdk'
import {
  createContext,
  use,
  useEffect,
  useEffectEvent,
  useMemo,
  useRef,
  useState,
  type ReactNode,
} from 'react'
import { useClient } from '../session/session-context.tsx'
import { followEvents, type LiveState } from './follow-events.ts'
import { useIsSeen } from './use-is-seen.ts'

interface Live {
  readonly state: LiveState
  readonly subscribe: (listener: (event: RegistryEvent) => void) => () => void
}

const LiveContext = createContext<Live>({ state: 'connecting', subscribe: () => () => undefined })

/**
 * Keeps one stream of the registry's changes open for the whole page while it is in sight: a browser opens six connections to
 * a server over HTTP/1.1, and a seventh tab would wait for ever.
 */
export function LiveProvider({
  children,
  onSignedOut,
}: {
  readonly children: ReactNode
  readonly onSignedOut: () => void
}) {
  const client = useClient()
  const queries = useQueryClient()
  const [state, setState] = useState<LiveState>('connecting')
  const listeners = useRef(new Set<(event: RegistryEvent) => void>())
  const signedOut = useEffectEvent(onSignedOut)
  const isSeen = useIsSeen()
  const wasUnseen = useRef(false)
  useEffect(() => {
    if (!isSeen) {
      wasUnseen.current = true
      return
    }
    // What changed meanwhile, nobody told.
    if (wasUnseen.current) void queries.invalidateQueries()
    const abort = new AbortController()
    void followEvents({
      ...{ client, queries, onState: setState, onSignedOut: signedOut, signal: abort.signal },
      onEvent: (event) => {
        for (const listener of [...listeners.current]) listener(event)
      },
    })
    return () => abort.abort()
  }, [client, queries, isSeen])
  const live = useMemo<Live>(
    () => ({
      state,
      subscribe: (listener) => {
        listeners.current.add(listener)
        return () => void listeners.current.delete(listener)
      },
    }),
    [state],
  )
  return <LiveContext value={live}>{children}</LiveContext>
}

export const useLiveState = (): LiveState => use(LiveContext).state

/** Calls back for every change of the registry while the component is shown. */
export function useRegistryEvents(listener: (event: RegistryEvent) => void): void {
  const { subscribe } = use(LiveContext)
  const call = useEffectEvent(listener)
  useEffect(() => subscribe((event) => call(event)), [subscribe])
}
