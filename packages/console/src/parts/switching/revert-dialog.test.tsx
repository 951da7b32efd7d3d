// @vitest-environment happy-dom
import { cleanup, screen, waitFor } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { afterEach, expect, test } from 'vitest'
import { nobodyBehind } from '../../testing/nobody-behind.ts'
import { showPage, type Asked } from '../../testing/show-page.tsx'

afterEach(cleanup)

const row = {
  ...{ id: 'sw-1', sequence: 1, scopeText: 'use-case/clinical', from: 'One', to: 'Two', reason: 'Why' },
  ...{ type: 'manual', action: 'manual_switch', state: 'active', refusal: null, reverts: null },
  ...{ recordedAt: '2026-01-01T00:00:00Z', actor: { kind: 'key', id: 'k' }, approval: null, evidence: {} },
  ...{ revision: { epoch: 1, number: 3 }, costImpactEstimated: null, hash: 'ab', previousHash: 'aa' },
}
const outcome = {
  ...{ switched: false, dryRun: true, unchanged: false, switchId: 'sw-2', from: 'Two', to: 'One' },
  ...{ scope: { kind: 'use-case', name: 'clinical' }, revision: 8, costImpactEstimated: 0, ranking: null },
  ...{ costExplanation: 'the same', masks: [], warnings: [], ...nobodyBehind, notification: null },
}

test('a preview that somebody overtook is not reverted on: it is shown anew', async () => {
  const asked: (string | null)[] = []
  showPage('/switches/sw-1', ['read', 'switch'], {
    'GET /api/v1/switches/sw-1': row,
    'GET /api/v1/revisions/3': { number: 3, ...nobodyBehind, replicas: [] },
    'POST /api/v1/switches/sw-1/revert': ({ headers, query }: Asked) => {
      if (query.get('dryRun') === 'true') {
        asked.push('dry run')
        return Response.json(outcome, { headers: { etag: '"7"' } })
      }
      asked.push(headers.get('if-match'))
      return Response.json({ error: { code: 'stale', message: 'Changed.' } }, { status: 412 })
    },
  })
  await userEvent.click(await screen.findByRole('button', { name: 'Revert' }))
  await screen.findByText('no change in cost')
  await userEvent.click(screen.getByRole('button', { name: 'Revert' }))
  await screen.findByText(/Somebody changed this in the meantime/)
  await waitFor(() => expect(asked).toEqual(['dry run', '"7"', 'dry run']))
})
