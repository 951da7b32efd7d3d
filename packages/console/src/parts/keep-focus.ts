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
export const focusContent = (page = document): void =>
  page.getElementById('content')?.focus({ preventScroll: true })

/**
 * To be called by every window, and by what is gone once a button of it was pressed: once the last of several that took each other's place is gone, the focus is where it was before
 * the first. Each alone would give it back to a button of the one before it, which is gone, too.
 */
export function useKeptFocus(): void {
  useEffect(
    () => () => {
      // The page may be gone by then, and its name with it.
      const page = document
      // After the windows' own giving back, and after the next one has taken it.
      setTimeout(() => {
        const { activeElement } = page
        if (activeElement !== null && activeElement !== page.body) return
        if (outside?.isConnected === true) outside.focus({ preventScroll: true })
        else focusContent(page)
      }, 50)
    },
    [],
  )
}
