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

/** Models that answer by and by: what is said comes in. The first ticket waits until it is let go. */
function answeringSlowly() {
  let body: ReadableStreamDefaultController<Uint8Array> | undefined
  const first = Promise.withResolvers<null>()
  let tickets = 0
  const ticket = async (): Promise<Response> => {
    tickets += 1
    if (tickets === 1) await first.promise
    // Of one that is about to end none is kept.
    return Response.json({ ticket: `pm_${tickets}`, expiresAt: new Date().toISOString() })
  }
  vi.stubGlobal('fetch', (url: string | URL, { signal }: RequestInit = {}) => {
    if (new URL(url).pathname.endsWith('/ticket')) return ticket()
    signal?.throwIfAborted()
    return new Response(new ReadableStream<Uint8Array>({ start: (controller) => void (body = controller) }), {
      headers: { 'content-type': 'text/event-stream', 'x-pointsman-model': 'nova' },
    })
  })
  const push = (data: string): void => body?.enqueue(new TextEncoder().encode(`data: ${data}\n\n`))
  return {
    letFirstGo: () => first.resolve(null),
    say: (content: string): void => push(JSON.stringify({ choices: [{ delta: { content } }] })),
    end: (): void => {
      push(JSON.stringify({ choices: [{ delta: {}, finish_reason: 'stop' }] }))
      push('[DONE]')
      body?.close()
    },
  }
}
const goTo = async (name: string): Promise<void> => {
  await userEvent.click(await screen.findByRole('link', { name }))
  await screen.findByRole('heading', { name, level: 1 })
}

test('who comes back finds the conversation, its answer gone on, whom it asks and what was typed', async () => {
  const model = answeringSlowly()
  model.letFirstGo()
  showPage('/playground?ask=use-case%2Fclinical', ['invoke', 'read'], {})
  await ask('How are you?')
  await screen.findByText('nova')
  model.say('Well')
  await screen.findByText('Well')
  await userEvent.type(screen.getByRole('textbox', { name: 'Message' }), 'And')
  await goTo('Switches')
  model.say(', thank you.')
  model.end()
  await goTo('Playground')
  await screen.findByText('Well, thank you.')
  expect(await screen.findByRole('button', { name: 'Send' })).toBeTruthy()
  expect(screen.getByRole('textbox', { name: 'Message' })).toHaveProperty('value', 'And')
  expect(screen.getByRole('combobox', { name: 'Ask' })).toHaveProperty('value', 'use-case/clinical')
  expect(location.search).toBe('?ask=use-case%2Fclinical')
  await userEvent.click(screen.getByRole('button', { name: 'New conversation' }))
  await goTo('Switches')
  await goTo('Playground')
  await screen.findByText('Nothing was asked yet.')
})

test('what still becomes of a question is no part of the conversation that was begun in its place', async () => {
  const model = answeringSlowly()
  showPage('/playground', ['invoke', 'read'], {})
  await ask('The first')
  await userEvent.click(screen.getByRole('button', { name: 'New conversation' }))
  await ask('The second')
  await screen.findByText('nova')
  model.letFirstGo()
  await new Promise((resolve) => setTimeout(resolve, 0))
  model.say('Of the second')
  await screen.findByText('Of the second')
  expect(screen.queryByText('Stopped.')).toBe(null)
  expect(screen.getByRole('button', { name: 'Stop' })).toBeTruthy()
})
