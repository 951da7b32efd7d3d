import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { isSignedOut, serverState } from './server-state.ts'

/** Every answer and every failure tells whether the server is there. */
export function createQueryClient(onSignedOut: () => void): QueryClient {
  const onError = (thrown: unknown): void => {
    if (isSignedOut(thrown)) onSignedOut()
    else serverState.failed(thrown)
  }
  return new QueryClient({
    queryCache: new QueryCache({ onError, onSuccess: () => serverState.back() }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        gcTime: 5 * 60_000,
        // A refusal stands; and where the server is away, the banner has everything read anew once it is back.
        retry: false,
      },
    },
  })
}
