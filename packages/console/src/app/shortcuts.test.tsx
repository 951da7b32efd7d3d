// @vitest-environment happy-dom
import { cleanup, screen } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { afterEach, expect, test } from 'vitest'
import { showPage } from '../testing/show-page.tsx'

afterEach(cleanup)

test('with a window open no letter leaves the page, and with it what the window holds', async () => {
  showPage('/providers', ['read', 'admin'], {})
  await userEvent.click(await screen.findByRole('button', { name: 'Create a key' }))
  ;(await screen.findByRole('button', { name: 'Cancel' })).focus()
  await userEvent.keyboard('gs?')
  expect(screen.getAllByRole('dialog')).toHaveLength(1)
  expect(location.pathname).toBe('/console/providers')
  await userEvent.keyboard('{Escape}')
  await userEvent.keyboard('gs')
  await screen.findByRole('heading', { name: 'Switches', level: 1 })
})
