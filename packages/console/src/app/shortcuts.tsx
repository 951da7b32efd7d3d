import { useRouter } from '@tanstack/react-router'
import { Fragment, useEffect, useState } from 'react'
import { pages } from '../pages/index.ts'
import { Dialog } from '../parts/dialog.tsx'
import { isInWindow } from '../parts/keep-focus.ts'
import { fill } from '../text/fill.ts'
import { text } from './text.ts'

const openEvent = 'pointsman-shortcuts'

/** Opens the list of shortcuts from anywhere. */
export const showShortcuts = (): void => void dispatchEvent(new Event(openEvent))

/** How long after g the second key counts. */
const secondKeyMs = 1_500

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(?:input|textarea|select)$/i.test(target.tagName))

/** g and a letter for each page, ? for the list. Single letters do nothing, so that nobody loses what they type. */
export function Shortcuts() {
  const router = useRouter()
  const [isOpen, setOpen] = useState(false)
  useEffect(() => {
    let goUntilMs = 0
    const press = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
      // A window goes with its page, and with it what is typed there, or a key that is shown once.
      if (isTyping(event.target) || isInWindow(event.target)) return
      if (event.key === '?') return setOpen(true)
      if (event.key === 'g') {
        goUntilMs = Date.now() + secondKeyMs
        return
      }
      const page = Date.now() < goUntilMs ? pages.find(({ key }) => key === event.key) : undefined
      goUntilMs = 0
      if (page !== undefined) void router.navigate({ to: page.path })
    }
    const open = (): void => setOpen(true)
    addEventListener('keydown', press)
    addEventListener(openEvent, open)
    return () => {
      removeEventListener('keydown', press)
      removeEventListener(openEvent, open)
    }
  }, [router])
  return (
    <Dialog title={text.shortcuts} isOpen={isOpen} onClose={() => setOpen(false)}>
      <div className="keys">
        {pages.map((page) => (
          <Fragment key={page.path}>
            <span>
              <kbd>g</kbd> {text.shortcutThen} <kbd>{page.key}</kbd>
            </span>
            <span>{fill(text.shortcutPage, { page: page.title })}</span>
          </Fragment>
        ))}
        <span>
          <kbd>?</kbd>
        </span>
        <span>{text.shortcutHelp}</span>
        <span>
          <kbd>Esc</kbd>
        </span>
        <span>{text.shortcutClose}</span>
      </div>
    </Dialog>
  )
}
