// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, render, screen, waitFor } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import '../testing/patience.ts'
import { PagedTable } from './paged-table.tsx'
import { usePaged } from './use-paged.ts'

type Tell = (entries: readonly { readonly isIntersecting: boolean }[]) => void

/** The list's end is in sight, however much is loaded. */
class AlwaysInSight {
  readonly #tell: Tell
  constructor(tell: Tell) {
    this.#tell = tell
  }
  observe(): void {
    queueMicrotask(() => this.#tell([{ isIntersecting: true }]))
  }
  disconnect(): void {
    // Nothing is held.
  }
}
beforeEach(() => vi.stubGlobal('IntersectionObserver', AlwaysInSight))
afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

type List = (page: number) => Promise<{ data: string[]; nextCursor: string | null }>

const Listed = ({ list }: { readonly list: List }) => (
  <PagedTable
    paged={usePaged(['things'], (cursor) => list(Number(cursor ?? 0)))}
    label="Things"
    columns={[{ key: 'id', title: 'Name', cell: (row) => row }]}
    rowKey={(row) => row}
    empty={null}
  />
)
const show = (list: List): void =>
  void render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <Listed list={list} />
    </QueryClientProvider>,
  )
const pageOf = (page: number, last: number) => ({
  data: [`row ${page}`],
  nextCursor: page === last ? null : String(page + 1),
})
const loadMore = () => screen.findByRole('button', { name: 'Load more' })

test('a next page that fails is told of, and asked for again by the button alone', async () => {
  let isAway = true
  const list = vi.fn(async (page: number) => {
    if (page === 1 && isAway) throw new Error('Not now.')
    return Promise.resolve(pageOf(page, 1))
  })
  show(list)
  await screen.findByText('Not now.')
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(list).toHaveBeenCalledTimes(2)
  isAway = false
  await userEvent.click(await loadMore())
  await screen.findByText('row 1')
  expect(screen.queryByText('Not now.')).toBe(null)
})

test('a long list keeps its first rows, and goes on by the button once it is long', async () => {
  const list = vi.fn((page: number) => Promise.resolve(pageOf(page, 60)))
  show(list)
  await waitFor(() => expect(list).toHaveBeenCalledTimes(40))
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(list).toHaveBeenCalledTimes(40)
  await userEvent.click(await loadMore())
  await screen.findByText('row 40')
  expect(screen.getByText('row 0')).toBeTruthy()
})
