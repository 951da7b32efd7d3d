// @vitest-environment happy-dom
import { QueryClientProvider, useQuery } from '@tanstack/react-query'
import { act, cleanup, render, screen } from '@testing-library/react'
import { PointsmanApiError } from '@pointsman/sdk'
import { afterEach, test } from 'vitest'
import { createQueryClient } from '../live/query-client.ts'
import { serverState } from '../live/server-state.ts'
import '../testing/patience.ts'
import { ServerBanner } from './server-banner.tsx'

afterEach(() => {
  cleanup()
  serverState.back()
})

let isAway = true
const Page = () => {
  const { data } = useQuery({
    queryKey: ['things'],
    queryFn: () => {
      if (isAway) throw new PointsmanApiError('Gone.', { statusCode: 0, code: 'unreachable' })
      return 'What was asked for'
    },
  })
  return <p>{data ?? 'grey'}</p>
}

test('whoever learns first that the server is back, what failed meanwhile is read anew', async () => {
  render(
    <QueryClientProvider client={createQueryClient(() => undefined)}>
      <ServerBanner />
      <Page />
    </QueryClientProvider>,
  )
  await screen.findByText('The server does not answer. Trying again…')
  isAway = false
  // As the stream of changes does, and every answer.
  act(() => serverState.back())
  await screen.findByText('What was asked for')
})
