// @vitest-environment happy-dom
import { cleanup, render, screen } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import type { KeyItem } from '@pointsman/sdk'
import { afterEach, expect, test, vi } from 'vitest'
import type { Session } from '../session/session.ts'
import { nobodyBehind } from '../testing/nobody-behind.ts'
import { App } from './app.tsx'
import '../testing/patience.ts'

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

test('who rotates at once the key that they signed in with sees the new one, and is signed in with it', async () => {
  const good = new Set(['k'])
  let signedInWith = 'k'
  const key: KeyItem = {
    ...{ id: 'k', name: 'mine', lastFour: 'ab12', scopes: ['read', 'admin'], routes: null, models: null },
    ...{ requestsPerMinute: null, tokensPerMinute: null, concurrentRequests: null, spendPerDayUsd: null },
    ...{ spendPerMonthUsd: null, createdAt: '2026-01-01T00:00:00Z', lastUsedAt: null, expiresAt: null },
    ...{ revokedAt: null, replacedBy: null, revision: 3 },
  }
  const successor = { ...key, id: 'k-2', lastFour: 'cd34' }
  const answers: { readonly [line: string]: (query: URLSearchParams) => unknown } = {
    'GET /console/api/session': () => ({ session: { ...session, scopes: key.scopes }, oidc: null }),
    'POST /console/api/session': () => {
      signedInWith = 'k-2'
      return { ...session, id: 'k-2', scopes: key.scopes }
    },
    'GET /console/api/v1/keys': () => ({ data: [good.has('k') ? key : successor], nextCursor: null }),
    'POST /console/api/v1/keys/k/rotate': (query) => {
      good.add('k-2')
      if (!query.has('overlapSeconds')) good.delete('k')
      return { ...successor, ...nobodyBehind, key: 'pm_the-new-one' }
    },
    'DELETE /console/api/v1/keys/k': () => good.delete('k') && { ...key, ...nobodyBehind },
  }
  vi.stubGlobal('fetch', (url: string | URL, { method = 'GET' }: RequestInit = {}) => {
    const { pathname, searchParams } = new URL(url)
    if (pathname.endsWith('/events')) return new Promise(() => undefined)
    const answer = answers[`${method} ${pathname}`]?.(searchParams) ?? { data: [], nextCursor: null }
    const ended = { error: { code: 'invalid_key', message: 'This session has ended. Sign in again.' } }
    return Promise.resolve(
      good.has(signedInWith) ? Response.json(answer) : Response.json(ended, { status: 401 }),
    )
  })
  history.replaceState(null, '', '/console/providers')
  render(<App />)
  const press = async (name: string): Promise<void> =>
    userEvent.click(await screen.findByRole('button', { name }))
  await press('mine')
  await press('Rotate')
  await userEvent.click(await screen.findByRole('button', { name: /The old key ends/ }))
  await userEvent.click(await screen.findByRole('option', { name: 'At once' }))
  await press('Rotate')
  await screen.findByText('pm_the-new-one')
  await expect.poll(() => [signedInWith, ...good]).toEqual(['k-2', 'k-2'])
  await press('I have kept it')
  expect(screen.getByRole('heading', { name: 'Providers & keys', level: 1 })).toBeTruthy()
})

test('where another tab signed in somebody else, this one goes on as them, with their name', async () => {
  let present = session
  vi.stubGlobal('fetch', (url: string | URL) => {
    const path = new URL(url).pathname
    if (path.endsWith('/events')) return new Promise(() => undefined)
    return Promise.resolve(
      Response.json(
        path === '/console/api/session' ? { session: present, oidc: null } : { data: [], nextCursor: null },
      ),
    )
  })
  history.replaceState(null, '', '/console/switches')
  render(<App />)
  await screen.findByRole('button', { name: 'Signed in as k' })
  present = { ...session, id: 'other', name: 'other' }
  document.dispatchEvent(new Event('visibilitychange'))
  await screen.findByRole('button', { name: 'Signed in as other' })
  expect(await screen.findByRole('heading', { name: 'Switches', level: 1 })).toBeTruthy()
})

test('who signs in next finds nothing of what was typed and asked before', async () => {
  let present: Session | null = { ...session, scopes: ['read', 'invoke'] }
  vi.stubGlobal('fetch', (url: string | URL, { method = 'GET' }: RequestInit = {}) => {
    const path = new URL(url).pathname
    if (path.endsWith('/events')) return new Promise(() => undefined)
    if (path.endsWith('/completions')) return Promise.reject(new Error('no model answers here'))
    if (method === 'DELETE') present = null
    if (method === 'POST' && path === '/console/api/session') {
      present = { ...session, id: 'other', name: 'other', scopes: ['read', 'invoke'] }
      return Promise.resolve(Response.json(present))
    }
    return Promise.resolve(
      Response.json(
        path !== '/console/api/session'
          ? { data: [], nextCursor: null, ticket: 'pm_ticket', expiresAt: '2100-01-01T00:00:00Z' }
          : method === 'DELETE'
            ? { signOutUrl: null }
            : { session: present, oidc: null },
      ),
    )
  })
  history.replaceState(null, '', '/console/playground?ask=use-case%2Fclinical')
  render(<App />)
  const message = async (): Promise<HTMLElement> => screen.findByRole('textbox', { name: 'Message' })
  await userEvent.type(await message(), 'A secret{Enter}')
  await screen.findByText('A secret', { selector: '.chat-question' })
  await userEvent.click(await screen.findByRole('button', { name: 'Signed in as k' }))
  await userEvent.click(await screen.findByRole('menuitem', { name: 'Sign out' }))
  await userEvent.type(await screen.findByLabelText('Key'), 'pm_other')
  await userEvent.click(screen.getByRole('button', { name: 'Sign in' }))
  await screen.findByText('Nothing was asked yet.')
  expect(await message()).toHaveProperty('value', '')
  expect(screen.queryByText('A secret')).toBe(null)
})
