// @vitest-environment happy-dom
import { cleanup, screen, waitFor, within } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { afterEach, expect, test, vi } from 'vitest'
import { nobodyBehind } from '../../testing/nobody-behind.ts'
import { showPage, type Asked } from '../../testing/show-page.tsx'

afterEach(cleanup)

const agent = {
  ...{ kind: 'agent', name: 'sql_agent', key: 'agent/sql_agent', serves: 'two', inherits: false },
  ...{ drill: null, switchId: null, llm_provider: 'bedrock', llm_model: 'two', target: 'two' },
  ...{ candidates: [], fallbacks: null, residency: null, strategy: 'priority', objective: 'quality' },
  ...{ lifecycleRule: 'warn', autoSwitch: 'on', capture: false, heartbeatMs: null, revision: 3 },
}

const model = {
  ...{ id: 'two', name: 'Two', provider: 'amazon', servedBy: 'bedrock', isAvailable: true },
  ...{ lifecycle: 'active', inputCostPerMTok: 1, outputCostPerMTok: 2 },
}

async function add(name: string): Promise<void> {
  await userEvent.click(await screen.findByRole('button', { name: 'Add an agent' }))
  await userEvent.type(screen.getByRole('textbox', { name: 'Name' }), name)
  await userEvent.click(screen.getByRole('button', { name: 'Add' }))
}

test('an agent of which nothing is known is not told to have no requests', async () => {
  const total = (group: string) => ({ group, requests: 7, costUsd: 0.5 })
  const busy = Array.from({ length: 1_000 }, (_, at) => total(`busy_${at}`))
  const totals = { nextCursor: null, from: '', to: '' }
  const cells = async (name: string): Promise<readonly (string | null)[]> => {
    const row = (await screen.findByRole('button', { name })).closest('tr')
    return [...(row?.querySelectorAll('td.end') ?? [])].map(({ textContent }) => textContent)
  }
  const agents = { data: [agent, { ...agent, name: 'busy_7' }], nextCursor: null }
  const show = (data: readonly object[]): void =>
    void showPage('/agents', ['read'], {
      'GET /api/v1/agents': agents,
      'GET /api/v1/usage': { ...totals, data },
    })
  show(busy)
  await waitFor(async () => expect(await cells('busy_7')).toEqual(['7', '$0.50']))
  expect(await cells('sql_agent')).toEqual(['–', '–'])
  cleanup()
  show(busy.slice(0, 10))
  await waitFor(async () => expect(await cells('sql_agent')).toEqual(['0', '$0.00']))
})

test('an agent that exists is not told to be added: it is opened', async () => {
  const put = vi.fn(() => agent)
  showPage('/agents', ['read', 'admin'], {
    'GET /api/v1/agents': { data: [agent], nextCursor: null },
    'PUT /api/v1/agents/sql_agent': put,
  })
  await add('sql_agent')
  await waitFor(() => expect(location.pathname).toBe('/console/agents/sql_agent'))
  expect(put).not.toHaveBeenCalled()
})

test('one that does not exist is added', async () => {
  const put = vi.fn(() => ({ ...agent, ...nobodyBehind, name: 'new_agent' }))
  showPage('/agents', ['read', 'admin'], {
    'PUT /api/v1/agents/new_agent': put,
  })
  await add('new_agent')
  await waitFor(() => expect(location.pathname).toBe('/console/agents/new_agent'))
  expect(put).toHaveBeenCalledTimes(1)
})

test('who may not switch cannot fill in a choice that they cannot save', async () => {
  showPage('/agents/sql_agent', ['read'], {
    'GET /api/v1/agents': { data: [agent], nextCursor: null },
    'GET /api/v1/models': { data: [model], nextCursor: null },
  })
  const drawer = within(await screen.findByRole('dialog'))
  expect(await drawer.findByRole('button', { name: /Provider/ })).toHaveProperty('disabled', true)
  expect(drawer.getByRole('button', { name: /Model/ })).toHaveProperty('disabled', true)
  expect(drawer.getByRole('textbox', { name: 'Reason' })).toHaveProperty('readOnly', true)
})

test('what was typed into the drawer is not dropped without a question', async () => {
  showPage('/agents/sql_agent', ['read', 'switch'], {
    'GET /api/v1/agents': { data: [agent], nextCursor: null },
    'GET /api/v1/agents/sql_agent': agent,
    'GET /api/v1/models': { data: [model], nextCursor: null },
  })
  const pressBeside = async (): Promise<void> =>
    userEvent.click(document.querySelector('.dialog-ground.side') ?? expect.fail('there is no drawer'))
  await userEvent.type(await screen.findByRole('textbox', { name: 'Reason' }), 'Because')
  for (const close of [
    pressBeside,
    () => userEvent.keyboard('{Escape}'),
    () => userEvent.click(screen.getByRole('button', { name: 'Close' })),
  ]) {
    await close()
    await screen.findByText('Leave without saving?')
    await userEvent.click(screen.getByRole('button', { name: 'Cancel' }))
    expect(await screen.findByRole('textbox', { name: 'Reason' })).toHaveProperty('value', 'Because')
  }
  await pressBeside()
  await userEvent.click(await screen.findByRole('button', { name: 'Drop the changes' }))
  await waitFor(() => expect(location.pathname).toBe('/console/agents'))
  expect(screen.queryByRole('dialog')).toBe(null)
})

test('with nothing typed it closes at once', async () => {
  showPage('/agents/sql_agent', ['read', 'switch'], {
    'GET /api/v1/agents': { data: [agent], nextCursor: null },
    'GET /api/v1/agents/sql_agent': agent,
  })
  await screen.findByRole('dialog')
  await userEvent.keyboard('{Escape}')
  await waitFor(() => expect(location.pathname).toBe('/console/agents'))
})

test('what was typed into a window in the middle is not dropped without a question, but by Cancel', async () => {
  showPage('/agents', ['read', 'admin'], {})
  const typeName = async (): Promise<void> => {
    await userEvent.click(await screen.findByRole('button', { name: 'Add an agent' }))
    await userEvent.type(screen.getByRole('textbox', { name: 'Name' }), 'half_a_na')
  }
  const isShut = (): Promise<void> => waitFor(() => expect(screen.queryByRole('dialog')).toBe(null))
  await typeName()
  for (const close of [
    () => userEvent.keyboard('{Escape}'),
    () => userEvent.click(screen.getByRole('button', { name: 'Close' })),
  ]) {
    await close()
    await screen.findByText('Close without saving?')
    await userEvent.keyboard('{Escape}')
    await waitFor(() => expect(screen.queryByText('Close without saving?')).toBe(null))
    const field = await screen.findByRole('textbox', { name: 'Name' })
    expect(field).toHaveProperty('value', 'half_a_na')
    await userEvent.click(field)
  }
  await userEvent.keyboard('{Escape}')
  await userEvent.click(await screen.findByRole('button', { name: 'Drop it' }))
  await isShut()
  await typeName()
  await userEvent.click(screen.getByRole('button', { name: 'Cancel' }))
  await isShut()
  await userEvent.click(await screen.findByRole('button', { name: 'Add an agent' }))
  await userEvent.keyboard('{Escape}')
  await isShut()
})

/** A server of so many that no page holds them all; what it was asked for, in words. */
function thousands() {
  const asked: string[] = []
  const answer = ({ query }: Asked) => {
    asked.push(query.toString())
    const name = query.get('name')
    if (name !== null) return { data: [{ ...agent, name }], nextCursor: null }
    const letter = query.get('search') ?? (query.get('descending') === 'true' ? 'z' : 'a')
    const data = Array.from({ length: 10 }, (_, index) => ({ ...agent, name: `${letter}_${index}` }))
    return { data, nextCursor: `after ${letter}` }
  }
  return { asked, answers: { 'GET /api/v1/agents': answer } }
}

test('of thousands one page is asked for, searched and sorted by the server', async () => {
  const { asked, answers } = thousands()
  showPage('/agents', ['read'], answers)
  await screen.findByRole('button', { name: 'a_0' })
  expect(asked).toEqual(['limit=100'])
  expect(screen.queryByRole('button', { name: 'Cost, 24 h' })).toBe(null)
  const heading = screen.getByRole('button', { name: 'Agent' })
  await userEvent.click(heading)
  await userEvent.click(heading)
  await screen.findByRole('button', { name: 'z_0' })
  expect(document.activeElement).toBe(heading)
  expect(asked).toEqual([
    'limit=100',
    'sort=name&descending=false&limit=100',
    'sort=name&descending=true&limit=100',
  ])
  await userEvent.type(screen.getByRole('searchbox', { name: 'Find an agent' }), 'q')
  await screen.findByRole('button', { name: 'q_0' })
})

test('one that stands on no page that was read is opened by its address', async () => {
  const { answers } = thousands()
  showPage('/agents/far_away', ['read'], answers)
  expect(await screen.findByRole('dialog', { name: 'far_away' })).toBeTruthy()
})

test.each([
  ['/agents', 'There is no agent not-there.'],
  ['/providers', 'There is no provider not-there.'],
])('%s/not-there is told to be none', async (path, told) => {
  showPage(`${path}/not-there`, ['read'], {})
  expect((await screen.findByRole('alert')).textContent).toContain(told)
  cleanup()
  showPage(path, ['read'], {})
  await screen.findAllByRole('heading')
  expect(screen.queryByRole('alert')).toBe(null)
})
