import { useEffect } from 'react'

/** What had the focus last outside of every window: one element. A holder of mutable state, for the page. */
let outside: HTMLElement | null = null

const windows = '[role="dialog"], [role="alertdialog"], [role="listbox"], [role="menu"]'

export const isInWindow = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest(windows) !== null

document.addEventListener('focusin', ({ target }) => {
  if (target instanceof HTMLElement && !isInWindow(target)) outside = target
})

/** The page itself: the next Tab leads into it. */
export const focusContent = (): void => document.getElementById('content')?.focus({ preventScroll: true })

/**
 * To be called by every window, and by what is gone once a button of it was pressed: once the last of several that took each other's place is gone, the focus is where it was before
 * the first. Each alone would give it back to a button of the one before it, which is gone, too.
 */
export function useKeptFocus(): void {
  useEffect(
    () => () => {
      // After the windows' own giving back, and after the next one has taken it.
      setTimeout(() => {
        const { activeElement } = document
        if (activeElement !== null && activeElement !== document.body) return
        if (outside?.isConnected === true) outside.focus({ preventScroll: true })
        else focusContent()
      }, 50)
    },
    [],
  )
}
