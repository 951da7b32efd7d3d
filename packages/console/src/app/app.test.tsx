// @vitest-environment happy-dom
import { cleanup, render, screen } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { afterEach, expect, test, vi } from 'vitest'
import type { Session } from '../session/session.ts'
import { App } from './app.tsx'

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const session: Session = {
  ...{ kind: 'key', id: 'k', name: 'k', scopes: ['read'], workspace: 'default' },
  ...{ environment: 'dev', region: 'eu-central-1', expiresAt: '' },
}

test('who signs out while the server is away stays, and is told so; once it is done they are out', async () => {
  let isAway = true
  vi.stubGlobal('fetch', (url: string | URL, init: RequestInit = {}) => {
    const path = new URL(url).pathname
    if (path.endsWith('/events')) return new Promise(() => undefined)
    if (init.method === 'DELETE')
      return isAway ? Promise.reject(new Error('gone')) : Promise.resolve(Response.json({ signOutUrl: null }))
    return Promise.resolve(
      Response.json(
        path === '/console/api/session' ? { session, oidc: null } : { data: [], nextCursor: null },
      ),
    )
  })
  history.replaceState(null, '', '/console/switches')
  render(<App />)
  const leave = async (): Promise<void> => {
    await userEvent.click(await screen.findByRole('button', { name: 'Signed in as k' }))
    await userEvent.click(await screen.findByRole('menuitem', { name: 'Sign out' }))
  }
  await leave()
  await screen.findByText('You are still signed in')
  expect(screen.getByRole('heading', { name: 'Switches', level: 1 })).toBeTruthy()
  isAway = false
  await leave()
  await screen.findByRole('heading', { name: 'Sign in to Pointsman' })
})
