// @vitest-environment happy-dom
import { act, cleanup, screen } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import { showPage } from '../testing/show-page.tsx'
import { text } from './text.ts'

afterEach(cleanup)

const toldThatNone = async (): Promise<void> => {
  expect(await screen.findByRole('heading', { level: 1, name: text.notFoundTitle })).toBeTruthy()
}

test.each(['/switches/50%', '/routes/use-case/50%', '/models/%E0%A4%A', '/50%'])(
  'an address with a broken escape, %s, is told to be none',
  async (path) => {
    showPage(path, ['read'], {})
    await toldThatNone()
  },
)

test('so is one that is come to from a page', async () => {
  showPage('/switches', ['read'], {})
  await screen.findByRole('heading', { level: 1, name: 'Switches' })
  act(() => {
    history.pushState(null, '', '/console/switches/50%')
    dispatchEvent(new PopStateEvent('popstate'))
  })
  await toldThatNone()
})
