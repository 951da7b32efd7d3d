// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, render, screen, waitFor } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { createClient } from '@pointsman/sdk'
import { afterEach, expect, test } from 'vitest'
import { SessionContext } from '../../session/session-context.tsx'
import { showPage } from '../../testing/show-page.tsx'
import type { Session } from '../../session/session.ts'
import { Alarms } from './alarms.tsx'

afterEach(cleanup)

const alarm = {
  id: 'a',
  kind: 'replica_refused',
  subject: 'One',
  message: 'No.',
  since: '2026-01-01T00:00:00Z',
}

test('where more alarms stand than are shown, that is told', async () => {
  const show = (nextCursor: string | null) => {
    const client = createClient({
      ...{ url: 'http://server.test', key: 'k' },
      fetch: () => Promise.resolve(Response.json({ data: [alarm], nextCursor })),
    })
    const session: Session = {
      ...{ kind: 'key', id: 'k', name: 'k', scopes: ['read'], workspace: 'default' },
      ...{ environment: 'dev', region: 'eu-central-1', expiresAt: '' },
    }
    render(
      <QueryClientProvider client={new QueryClient()}>
        <SessionContext value={{ session, client, signOut: () => undefined, renew: () => Promise.resolve() }}>
          <Alarms />
        </SessionContext>
      </QueryClientProvider>,
    )
  }
  show('more')
  await screen.findByText('The newest 20 alarms are shown; older ones stand, too.')
  cleanup()
  show(null)
  await screen.findByText('No.')
  expect(screen.queryByText(/older ones/)).toBe(null)
})

test('the focus stays on the page once the alarm that had it is cleared', async () => {
  let standing: readonly unknown[] = [alarm]
  showPage('/overview', ['read', 'switch'], {
    'GET /api/v1/alarms': () => ({ data: standing, nextCursor: null }),
    'POST /api/v1/alarms/a/clear': () => {
      standing = []
      return alarm
    },
  })
  await userEvent.click(await screen.findByRole('button', { name: 'Clear' }))
  await waitFor(() => expect(screen.queryByText('No.')).toBe(null))
  await waitFor(() => expect(document.activeElement?.id).toBe('content'))
})
