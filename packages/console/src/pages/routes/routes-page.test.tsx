// @vitest-environment happy-dom
import { cleanup, screen } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { afterEach, expect, test } from 'vitest'
import { showPage, type Answers } from '../../testing/show-page.tsx'

afterEach(cleanup)

const routeOf = (name: string) => ({
  ...{ kind: 'use-case', name, key: `use-case/${name}`, serves: 'two', inherits: false, drill: null },
  ...{ llm_provider: 'bedrock', llm_model: 'two', target: 'two', switchId: null, fallbacks: null },
  ...{ candidates: [{ modelId: 'two', weight: 1 }], residency: null, strategy: 'priority' },
  ...{ objective: 'quality', lifecycleRule: 'warn', autoSwitch: 'on', capture: false, heartbeatMs: null },
  revision: 3,
})
const answersFor = (name: string): Answers => ({
  'GET /api/v1/use-cases': { data: [routeOf(name)], nextCursor: null },
  [`GET /api/v1/use-cases/${encodeURIComponent(name)}`]: routeOf(name),
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
