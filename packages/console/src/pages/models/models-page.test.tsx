// @vitest-environment happy-dom
import { cleanup, screen, waitFor } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { afterEach, expect, test } from 'vitest'
import { showPage } from '../../testing/show-page.tsx'

afterEach(cleanup)

test('the search leaves the radar as it is', async () => {
  showPage('/models?ahead=180&search=nov', ['read'], {})
  await userEvent.type(await screen.findByRole('searchbox'), 'a')
  await waitFor(() => expect(location.search).toContain('search=nova'))
  expect(location.search).toContain('ahead=180')
  await userEvent.clear(screen.getByRole('searchbox'))
  await waitFor(() => expect(location.search).toBe('?ahead=180'))
})
