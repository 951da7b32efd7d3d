import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { render } from '@testing-library/react'
import { createClient } from '@pointsman/sdk'
import type { KeyScope } from '@pointsman/contract'
import { createConsoleRouter } from '../app/router.tsx'
import { createQueryClient } from '../live/query-client.ts'
import { SessionContext } from '../session/session-context.tsx'
import type { Session } from '../session/session.ts'

/** What the server would answer: `GET /api/v1/models` → its JSON; lists that are not named are empty. */
export interface Answers {
  readonly [line: string]: unknown
}

/** A page of the console in its frame, as somebody with these scopes meets it; the server stands in at its port, `fetch`. */
export function showPage(path: string, scopes: readonly KeyScope[], answers: Answers): void {
  history.replaceState(null, '', `/console${path}`)
  const client = createClient({
    url: 'http://server.test',
    key: 'k',
    fetch: (url, init) => {
      const line = `${init.method ?? 'GET'} ${new URL(url).pathname}`
      return Promise.resolve(Response.json(answers[line] ?? { data: [], nextCursor: null }))
    },
  })
  const session: Session = {
    ...{ kind: 'key', id: 'k', name: 'k', scopes, workspace: 'default' },
    ...{ environment: 'dev', region: 'eu-central-1', expiresAt: '' },
  }
  render(
    <QueryClientProvider client={createQueryClient(() => undefined)}>
      <SessionContext value={{ session, client, signOut: () => undefined }}>
        <RouterProvider router={createConsoleRouter()} />
      </SessionContext>
    </QueryClientProvider>,
  )
}
