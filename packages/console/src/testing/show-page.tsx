import { QueryClientProvider, type QueryClient } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { render } from '@testing-library/react'
import { createClient } from '@pointsman/sdk'
import type { KeyScope } from '@pointsman/contract'
import { createConsoleRouter } from '../app/router.tsx'
import { createQueryClient } from '../live/query-client.ts'
import { TalkProvider } from '../pages/playground/talk.tsx'
import { SessionContext } from '../session/session-context.tsx'
import type { Session } from '../session/session.ts'
import './patience.ts'

/** What the server would answer: `GET /api/v1/models` → its JSON, or how it comes by it or by a whole response; lists that are not named are empty. */
export interface Answers {
  readonly [line: string]: unknown
}

export interface Asked {
  readonly query: URLSearchParams
  readonly headers: Headers
}

const isAsked = (answer: unknown): answer is (asked: Asked) => unknown => typeof answer === 'function'

/**
 * A page of the console in its frame, as somebody with these scopes meets it; the server stands in at its port, `fetch`. By what
 * it answers all can be read anew, as the registry's changes do.
 */
export function showPage(path: string, scopes: readonly KeyScope[], answers: Answers): QueryClient {
  history.replaceState(null, '', `/console${path}`)
  const client = createClient({
    url: 'http://server.test',
    key: 'k',
    fetch: async (url, init) => {
      const { pathname, searchParams } = new URL(url)
      const answer = answers[`${init.method ?? 'GET'} ${pathname}`] ?? { data: [], nextCursor: null }
      const asked: Asked = { query: searchParams, headers: new Headers(init.headers) }
      const told = await (isAsked(answer) ? answer(asked) : answer)
      return told instanceof Response ? told : Response.json(told)
    },
  })
  const session: Session = {
    ...{ kind: 'key', id: 'k', name: 'k', scopes, workspace: 'default' },
    ...{ environment: 'dev', region: 'eu-central-1', expiresAt: '' },
  }
  const queries = createQueryClient(() => undefined)
  render(
    <QueryClientProvider client={queries}>
      <SessionContext value={{ session, client, signOut: () => undefined, renew: () => Promise.resolve() }}>
        <TalkProvider>
          <RouterProvider router={createConsoleRouter()} />
        </TalkProvider>
      </SessionContext>
    </QueryClientProvider>,
  )
  return queries
}
