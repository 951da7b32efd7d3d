// @vitest-environment happy-dom
import { renderHook } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import { useKeptFocus } from './keep-focus.ts'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

test('gives the focus back to what had it, and is quiet where the page is gone by then', () => {
  vi.useFakeTimers()
  document.body.innerHTML = '<button>One</button><main id="content" tabindex="-1"></main>'
  const page = document
  const close = () => renderHook(() => useKeptFocus()).unmount()
  const button = page.querySelector('button')
  button?.focus()
  button?.blur()
  close()
  vi.advanceTimersByTime(100)
  expect(page.activeElement).toBe(button)
  button?.remove()
  close()
  vi.stubGlobal('document', undefined)
  expect(() => vi.advanceTimersByTime(100)).not.toThrow()
  expect(page.activeElement?.id).toBe('content')
})
