import type { QueryClient } from '@tanstack/react-query'
import type { Client, RegistryEvent } from '@pointsman/sdk'
import { readEntry } from '../session/session.ts'
import { isSignedOut, serverState } from './server-state.ts'

/** Queries whose key begins with one of these read anew; keys begin with the resource that they ask for. */
const touched: { readonly [Kind in RegistryEvent['kind']]: readonly string[] } = {
  revision: [
    'revisions',
    'models',
    'routes',
    'agents',
    'roles',
    'aliases',
    'prices',
    'keys',
    'lifecycle',
    'providers',
  ],
  switch: ['switches', 'routes', 'agents', 'models', 'conversations', 'lifecycle'],
  acknowledgement: ['replicas', 'revisions'],
  replica: ['replicas'],
  circuit: ['providers'],
  alarm: ['alarms', 'lifecycle'],
  drill: ['drills', 'routes'],
  gap: [],
}

const gatherMs = 300
const tryAgainMs = 2_000

export type LiveState = 'connecting' | 'live' | 'lost'

export interface Following {
  readonly client: Client
  readonly queries: QueryClient
  readonly onState: (state: LiveState) => void
  readonly onEvent: (event: RegistryEvent) => void
  readonly onSignedOut: () => void
  readonly signal: AbortSignal
}

/** Follows the registry's changes until the signal, and has what they touch read anew: several at once count as one. */
export async function followEvents(parts: Following): Promise<void> {
  const { client, onState, queries, signal } = parts
  const gathered = createGathered(queries)
  const onConnection = (state: 'open' | 'lost'): void => {
    onState(state === 'open' ? 'live' : 'lost')
    if (state === 'open') serverState.back()
    // Whether the server is gone, or only the stream, tells any other request.
    else readEntry().catch((thrown: unknown) => serverState.failed(thrown))
  }
  while (!signal.aborted) {
    try {
      for await (const event of client.events.follow({ signal, onConnection })) {
        if (event.kind === 'gap') void queries.invalidateQueries()
        else gathered.add(touched[event.kind])
        parts.onEvent(event)
      }
    } catch (thrown) {
      // The loop's own look at it was before the wait.
      if (parts.signal.aborted) return
      onState('lost')
      if (isSignedOut(thrown)) return parts.onSignedOut()
      serverState.failed(thrown)
    }
    await new Promise((resolve) => setTimeout(resolve, tryAgainMs))
  }
}

function createGathered(queries: QueryClient) {
  const waiting = new Set<string>()
  let timer: ReturnType<typeof setTimeout> | null = null
  return {
    add: (names: readonly string[]): void => {
      for (const name of names) waiting.add(name)
      timer ??= setTimeout(() => {
        timer = null
        const told = [...waiting]
        waiting.clear()
        for (const name of told) void queries.invalidateQueries({ queryKey: [name] })
      }, gatherMs)
    },
  }
}
