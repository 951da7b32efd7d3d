// @vitest-environment happy-dom
import { cleanup, screen, waitFor } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { afterEach, expect, test } from 'vitest'
import { showPage, type Answers, type Asked } from '../../testing/show-page.tsx'

afterEach(cleanup)

const routeOf = (name: string) => ({
  ...{ kind: 'use-case', name, key: `use-case/${name}`, serves: 'two', inherits: false, drill: null },
  ...{ llm_provider: 'bedrock', llm_model: 'two', target: 'two', switchId: null, fallbacks: null },
  ...{ candidates: [{ modelId: 'two', weight: 1 }], residency: null, strategy: 'priority' },
  ...{ objective: 'quality', lifecycleRule: 'warn', autoSwitch: 'on', capture: false, heartbeatMs: null },
  revision: 3,
})
const model = {
  ...{ id: 'three', name: 'Three', provider: 'amazon', servedBy: 'bedrock', isAvailable: true },
  ...{ lifecycle: 'active', inputCostPerMTok: 1, outputCostPerMTok: 2, abilities: [], runsIn: null },
}
const answersFor = (name: string): Answers => ({
  'GET /api/v1/use-cases': { data: [routeOf(name)], nextCursor: null },
  [`GET /api/v1/use-cases/${encodeURIComponent(name)}`]: routeOf(name),
  'GET /api/v1/models': { data: [model], nextCursor: null },
})

test.each(['50%', '100%25', 'why?', 'ward#3', '$all', 'a/b'])(
  'a route of the name %s opens from the list',
  async (name) => {
    showPage('/routes', ['read'], answersFor(name))
    await userEvent.click(await screen.findByText(`use-case/${name}`))
    expect(await screen.findByRole('heading', { level: 1, name: `use-case/${name}` })).toBeTruthy()
    expect(await screen.findByText('What a request gets, in this order, and why.')).toBeTruthy()
  },
)

const press = async (name: string): Promise<void> =>
  userEvent.click(await screen.findByRole('button', { name }))
const addThree = async (): Promise<HTMLElement> => {
  const field = await screen.findByRole('combobox', { name: 'Add a model' })
  await userEvent.click(field)
  await screen.findByRole('option', { name: /Three/ })
  await userEvent.keyboard('{ArrowDown}{Enter}')
  return screen.findByRole('region', { name: 'Not saved yet.' })
}

test('what is not saved of a route is not dropped without a question', async () => {
  showPage('/routes/use-case/clinical', ['read', 'admin'], answersFor('clinical'))
  await addThree()
  const leave = async (): Promise<void> => userEvent.click(screen.getByRole('link', { name: 'Switches' }))
  await leave()
  await screen.findByText('Leave without saving?')
  expect(location.pathname).toBe('/console/routes/use-case/clinical')
  await press('Cancel')
  expect(await screen.findByRole('region', { name: 'Not saved yet.' })).toBeTruthy()
  await leave()
  await press('Drop the changes')
  await waitFor(() => expect(location.pathname).toBe('/console/switches'))
})

test('after a model is added the next one can be, and after Discard the focus is on the page', async () => {
  showPage('/routes/use-case/clinical', ['read', 'admin'], answersFor('clinical'))
  await addThree()
  const field = screen.getByRole('combobox', { name: 'Add a model' })
  expect(field).toHaveProperty('value', '')
  expect(document.activeElement).toBe(field)
  expect(screen.queryByRole('option')).toBe(null)
  await press('Discard')
  await waitFor(() => expect(document.activeElement?.id).toBe('content'))
})

test('a route that does not exist is told as such, with the way back', async () => {
  const missing = { error: { code: 'route_not_found', message: 'There is no use case not-there.' } }
  showPage('/routes/use-case/not-there', ['read'], {
    'GET /api/v1/use-cases/not-there': () => Response.json(missing, { status: 404 }),
  })
  await screen.findByText('There is no use case not-there.')
  expect(screen.getByRole('heading', { level: 1, name: 'use-case/not-there' })).toBeTruthy()
  expect(screen.getByRole('link', { name: 'All routes' })).toBeTruthy()
})

test('use cases are listed first, and agents after the last of them', async () => {
  const asked: string[] = []
  const paged = (kind: string, pages: number) => (question: Asked) => {
    const page = Number(question.query.get('cursor') ?? 0)
    asked.push(`${kind} ${page} ${question.query.get('search') ?? ''}`.trim())
    const key = `${kind}/${page}`
    return { data: [{ ...routeOf(key), key }], nextCursor: page + 1 < pages ? String(page + 1) : null }
  }
  showPage('/routes', ['read'], {
    'GET /api/v1/use-cases': paged('use-case', 2),
    'GET /api/v1/agents': paged('agent', 3),
  })
  await screen.findByText('use-case/0')
  expect(asked).toEqual(['use-case 0'])
  const more = (): Promise<void> => press('Load more')
  await more()
  await screen.findByText('agent/0')
  await more()
  await screen.findByText('agent/1')
  expect(asked).toEqual(['use-case 0', 'use-case 1', 'agent 0', 'agent 1'])
  await userEvent.type(screen.getByRole('searchbox', { name: 'Find a route' }), 'q')
  await waitFor(() => expect(asked.at(-1)).toBe('use-case 0 q'))
})

test('routes of two lists are sorted once all of them are here, and not before', async () => {
  showPage('/routes', ['read'], {
    'GET /api/v1/use-cases': { data: [{ ...routeOf('b'), key: 'use-case/b' }], nextCursor: null },
    'GET /api/v1/agents': ({ query }: Asked) => {
      const key = query.get('cursor') === null ? 'agent/c' : 'agent/a'
      return { data: [{ ...routeOf(key), key }], nextCursor: key === 'agent/a' ? null : '1' }
    },
  })
  await screen.findByText('agent/c')
  expect(screen.queryByRole('button', { name: 'Route' })).toBe(null)
  await press('Load more')
  await screen.findByText('agent/a')
  await press('Route')
  const keys = screen
    .getAllByRole('row')
    .flatMap((row) => /(?:use-case|agent)\/./.exec(row.textContent) ?? [])
  expect(keys).toEqual(['agent/a', 'agent/c', 'use-case/b'])
})
