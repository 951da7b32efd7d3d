// @vitest-environment happy-dom
import { cleanup, render, screen, waitFor } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { afterEach, expect, test, vi } from 'vitest'
import '../testing/patience.ts'
import { Button } from './button.tsx'

afterEach(cleanup)

test('a tap on a refused button tells why, until the next one elsewhere', async () => {
  const onPress = vi.fn()
  render(
    <>
      <Button refusedBecause="Your key may only read." onPress={onPress}>
        Save
      </Button>
      <input aria-label="elsewhere" />
    </>,
  )
  const tap = (target: HTMLElement) => userEvent.pointer([{ keys: '[TouchA]', target }])
  await tap(screen.getByRole('button'))
  expect((await screen.findByRole('tooltip')).textContent).toBe('Your key may only read.')
  expect(onPress).not.toHaveBeenCalled()
  await tap(screen.getByLabelText('elsewhere'))
  await waitFor(() => expect(screen.queryByRole('tooltip')).toBe(null))
})
