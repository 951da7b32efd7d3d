// @vitest-environment happy-dom
import { act, cleanup, screen } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import type { KeyItem } from '@pointsman/sdk'
import { afterEach, expect, test } from 'vitest'
import { nobodyBehind } from '../../testing/nobody-behind.ts'
import { showPage, type Asked } from '../../testing/show-page.tsx'

afterEach(cleanup)

const etl: Partial<KeyItem> = {
  ...{
    id: 'k-1',
    name: 'etl',
    lastFour: 'ab12',
    scopes: ['invoke'],
    routes: null,
    models: null,
    revision: 3,
  },
  ...{ requestsPerMinute: null, tokensPerMinute: null, concurrentRequests: null, spendPerDayUsd: null },
  ...{ spendPerMonthUsd: null, createdAt: '2026-01-01T00:00:00Z', lastUsedAt: null, expiresAt: null },
  ...{ revokedAt: null, replacedBy: null },
}
const press = async (name: string): Promise<void> =>
  userEvent.click(await screen.findByRole('button', { name }))

test('the successor of a key that is rotated at once is shown, though the old one is no longer listed', async () => {
  let listed: readonly unknown[] = [etl]
  showPage('/providers', ['read', 'admin'], {
    'GET /api/v1/keys': () => ({ data: listed, nextCursor: null }),
    'POST /api/v1/keys/k-1/rotate': () => {
      listed = [{ ...etl, id: 'k-2', lastFour: 'cd34' }]
      return { ...etl, id: 'k-2', lastFour: 'cd34', ...nobodyBehind, key: 'pm_the-new-one' }
    },
  })
  await press('etl')
  await press('Rotate')
  await press('Rotate')
  await screen.findByText('pm_the-new-one')
  await press('I have kept it')
  expect(screen.queryByRole('dialog')).toBe(null)
})

test('a rotation that is under way is not left by its buttons, so that its key is seen', async () => {
  const answer = Promise.withResolvers<unknown>()
  showPage('/providers', ['read', 'admin'], {
    'GET /api/v1/keys': () => ({ data: [etl], nextCursor: null }),
    'POST /api/v1/keys/k-1/rotate': () => answer.promise,
  })
  await press('etl')
  await press('Rotate')
  await press('Rotate')
  await press('Cancel')
  await act(async () => answer.resolve({ ...etl, id: 'k-2', ...nobodyBehind, key: 'pm_the-new-one' }))
  await screen.findByText('pm_the-new-one')
})

test('a change is of the key as it was when it began', async () => {
  let revision = 3
  const asked: (string | null)[] = []
  const queries = showPage('/providers', ['read', 'admin'], {
    'GET /api/v1/keys': () => ({ data: [{ ...etl, revision }], nextCursor: null }),
    'PATCH /api/v1/keys/k-1': ({ headers }: Asked) => {
      asked.push(headers.get('if-match'))
      return { ...etl, ...nobodyBehind, revision: revision + 1 }
    },
  })
  await press('etl')
  await press('Change')
  revision = 4
  await act(() => queries.invalidateQueries())
  await press('Save')
  expect(asked).toEqual(['"3"'])
})

test('a press beside the form of a new key keeps what was typed', async () => {
  showPage('/providers', ['read', 'admin'], {})
  const beside = async (): Promise<void> => {
    const ground = document.querySelector('.dialog-ground')
    if (ground !== null) await userEvent.click(ground)
  }
  await press('Create a key')
  await userEvent.type(screen.getByRole('textbox', { name: 'Name' }), 'etl')
  await beside()
  expect(screen.getByRole('textbox', { name: 'Name' })).toHaveProperty('value', 'etl')
})
