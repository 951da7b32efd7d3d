// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from 'vitest'
import { modelClient, signIn, signOut } from './session.ts'

afterEach(() => vi.unstubAllGlobals())

/** A server that makes a new ticket each time, and says which of them asked. */
function serve(): { readonly asked: readonly (string | null)[] } {
  const asked: (string | null)[] = []
  let tickets = 0
  vi.stubGlobal('fetch', (url: string | URL, init: RequestInit = {}) => {
    const path = new URL(url).pathname
    if (path === '/console/api/session/ticket') {
      tickets += 1
      const expiresAt = new Date(Date.now() + 300_000).toISOString()
      return Promise.resolve(Response.json({ ticket: `ticket-${tickets}`, expiresAt }))
    }
    if (path.startsWith('/console/')) return Promise.resolve(Response.json({ signOutUrl: null }))
    asked.push(new Headers(init.headers).get('authorization'))
    return Promise.resolve(Response.json({ data: [], nextCursor: null }))
  })
  return { asked }
}
const ask = async (): Promise<void> => {
  const client = await modelClient()
  await client.models.list()
}

test('models are asked with the ticket of whoever is signed in, and never with that of who was before', async () => {
  const { asked } = serve()
  await signIn('first')
  await ask()
  await ask()
  await signOut()
  await signIn('second')
  await ask()
  // Another tab may have signed out: the page only learns that nobody is signed in.
  await signIn('third')
  await ask()
  const bearers = ['ticket-1', 'ticket-1', 'ticket-2', 'ticket-3'].map((ticket) => `Bearer ${ticket}`)
  expect(asked).toEqual(bearers)
})
