// @vitest-environment happy-dom
import { act, cleanup, screen, waitFor } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { afterEach, expect, test, vi } from 'vitest'
import { serverState } from '../../live/server-state.ts'
import { showPage } from '../../testing/show-page.tsx'

afterEach(() => {
  cleanup()
  vi.useRealTimers()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
  serverState.back()
})

test('a tab out of sight follows no notices: a browser opens six connections to a server', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new Error('no model answers here')))
  // A stream that ends is opened anew by itself a second later.
  const follow = vi.fn(() => ({}))
  showPage('/playground', ['invoke', 'read'], { 'GET /api/v1/notifications/stream': follow })
  await userEvent.type(await screen.findByRole('textbox', { name: 'Message' }), 'Hello')
  await userEvent.click(screen.getByRole('button', { name: 'Send' }))
  await waitFor(() => expect(follow).toHaveBeenCalledTimes(1))
  const sight = vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden')
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  act(() => {
    document.dispatchEvent(new Event('visibilitychange'))
    vi.advanceTimersByTime(10_000)
  })
  vi.useRealTimers()
  const before = follow.mock.calls.length
  await new Promise((resolve) => setTimeout(resolve, 2_500))
  expect(follow).toHaveBeenCalledTimes(before)
  sight.mockReturnValue('visible')
  act(() => void document.dispatchEvent(new Event('visibilitychange')))
  await waitFor(() => expect(follow).toHaveBeenCalledTimes(before + 1))
})

const ask = async (question: string): Promise<void> =>
  userEvent.type(await screen.findByRole('textbox', { name: 'Message' }), `${question}{Enter}`)

test('a question that nobody answered stands in the field again', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new Error('gone')))
  showPage('/playground', ['invoke', 'read'], {})
  await ask('A long one')
  await screen.findByText('The server does not answer.')
  await waitFor(() =>
    expect(screen.getByRole('textbox', { name: 'Message' })).toHaveProperty('value', 'A long one'),
  )
})

test('notices of a conversation that began while the server was away are followed once it is back', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new Error('gone')))
  let isAway = true
  const away = { error: { code: 'registry_unavailable', message: 'The database does not answer.' } }
  const follow = vi.fn(() => (isAway ? Response.json(away, { status: 503 }) : {}))
  showPage('/playground', ['invoke', 'read'], { 'GET /api/v1/notifications/stream': follow })
  await ask('Hello')
  await waitFor(() => expect(serverState.now().there).toBe(false))
  isAway = false
  act(() => serverState.back())
  await waitFor(() => expect(follow.mock.results.at(-1)?.value).toEqual({}))
})
