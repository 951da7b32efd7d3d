// @vitest-environment happy-dom
import { cleanup, render, screen, within } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { afterEach, expect, test, vi } from 'vitest'
import { DataTable, type Column } from './data-table.tsx'

afterEach(cleanup)

interface Row {
  readonly id: string
  readonly size: number | null
}
const columns: readonly Column<Row>[] = [
  { key: 'id', title: 'Name', cell: ({ id }) => id },
  { key: 'size', title: 'Size', cell: ({ size }) => size ?? '–', sortBy: ({ size }) => size },
]
const table = (rows: readonly Row[], onOpen = vi.fn()) => {
  render(
    <DataTable
      label="Things"
      columns={columns}
      rows={rows}
      rowKey={({ id }) => id}
      onOpen={onOpen}
      empty={<p>No things</p>}
    />,
  )
  return onOpen
}
const names = () =>
  within(screen.getByRole('table'))
    .getAllByRole('row')
    .slice(1)
    .map((row) => within(row).getByRole('button').textContent)

test('rows are sorted by a heading, what is not known stands last, and one is opened', async () => {
  const onOpen = table([
    { id: 'b', size: 2 },
    { id: 'unknown', size: null },
    { id: 'a', size: 10 },
  ])
  const heading = screen.getByRole('button', { name: 'Size' })
  await userEvent.click(heading)
  expect(names()).toEqual(['b', 'a', 'unknown'])
  expect(screen.getByRole('columnheader', { name: 'Size' }).getAttribute('aria-sort')).toBe('ascending')
  await userEvent.click(heading)
  expect(names()).toEqual(['a', 'b', 'unknown'])
  expect(screen.getByRole('columnheader', { name: 'Size' }).getAttribute('aria-sort')).toBe('descending')
  await userEvent.click(screen.getByRole('button', { name: 'a' }))
  expect(onOpen).toHaveBeenCalledWith({ id: 'a', size: 10 })
})

test('of ten thousand rows only some stand in the document; of none the reason', () => {
  table(Array.from({ length: 10_000 }, (_, index) => ({ id: `row-${index}`, size: index })))
  expect(document.querySelectorAll('tbody tr').length).toBeLessThan(100)
  expect(screen.getByRole('table').getAttribute('aria-rowcount')).toBe('10001')
  cleanup()
  table([])
  expect(screen.getByText('No things')).toBeTruthy()
})

test('what the server sorts stays in its order: at the last page no row jumps', () => {
  render(
    <DataTable
      label="Things"
      columns={columns.map((column) => ({ ...column, isSortedByServer: true }))}
      rows={['Ab', 'Z', 'a'].map((id, size) => ({ id, size: -size }))}
      rowKey={({ id }) => id}
      onOpen={vi.fn()}
      sorting={{ key: 'size', descending: false }}
      onSort={vi.fn()}
      empty={null}
    />,
  )
  expect(names()).toEqual(['Ab', 'Z', 'a'])
})

test('a heading that sorts only a whole list says so while rows are to come', () => {
  const more = { hasMore: true, isLoading: false, isByButton: true, problem: null, load: vi.fn() }
  const { rerender } = render(
    <DataTable
      label="Things"
      columns={columns}
      rows={[]}
      rowKey={String}
      empty={null}
      more={{ ...more, isLoading: true }}
    />,
  )
  const heading = (name: string) => screen.getByRole('columnheader', { name })
  expect(heading('Size').title).toBe('Sorts by Size once all rows are loaded')
  expect(heading('Name').title).toBe('')
  rerender(
    <DataTable label="Things" columns={columns} rows={[{ id: 'a', size: 1 }]} rowKey={String} empty={null} />,
  )
  expect(heading('Size').title).toBe('')
})
