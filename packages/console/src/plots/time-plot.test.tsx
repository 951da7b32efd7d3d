// @vitest-environment happy-dom
import { createRootRoute, createRouter, RouterProvider } from '@tanstack/react-router'
import { cleanup, render, screen, waitFor } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import '../testing/patience.ts'
import { lastDay, lastMonth, instantsOf, type Range } from './ranges.ts'

/** What is written on the picture. */
let written: string[] = []

beforeEach(() => {
  const known: { readonly [name: string]: unknown } = {
    fillText: (words: string) => void written.push(words),
    measureText: () => ({ width: 10 }),
  }
  const context: object = new Proxy(known, {
    get: (target, name) => target[String(name)] ?? (() => undefined),
    set: () => true,
  })
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(context as CanvasRenderingContext2D)
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(800)
  vi.stubGlobal('Path2D', function path() {
    return context
  })
})
afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

test('after another range is chosen the time axis is written for that one', async () => {
  const { TimePlot } = await import('./time-plot.tsx')
  const to = new Date(2026, 4, 20, 12).getTime()
  const plot = (range: Range) => {
    const from = to - range.spanMs
    const instants = instantsOf(range, from, to)
    const series = [{ label: 'requests', values: instants.map(() => 1) }]
    return <TimePlot label="Requests" {...{ from, to, instants, series, marks: [] }} format={String} />
  }
  const { rerender } = render(plot(lastMonth))
  await waitFor(() => expect(written.join(' ')).toContain('May'))
  written = []
  rerender(plot(lastDay))
  await waitFor(() => expect(written.join(' ')).toMatch(/\d\d:00/))
})

test('the table beside the picture leads to each switch of it', async () => {
  const { TimePlot } = await import('./time-plot.tsx')
  const mark = { id: 'sw-1', at: 2_000, label: 'One → Two', type: 'manual', count: 1 } as const
  const Plot = () => (
    <TimePlot
      label="Requests"
      {...{ from: 0, to: 3_000, instants: [1_000], series: [], marks: [mark] }}
      format={String}
    />
  )
  history.replaceState(null, '', '/')
  render(<RouterProvider router={createRouter({ routeTree: createRootRoute({ component: Plot }) })} />)
  await userEvent.click(await screen.findByRole('button', { name: 'As a table' }))
  const link = screen.getByRole('link', { name: /One → Two/ })
  expect(link.getAttribute('href')).toBe('/switches/sw-1')
})
