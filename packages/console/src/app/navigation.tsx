import { Link } from '@tanstack/react-router'
import { useEffect } from 'react'
import { pages } from '../pages/index.ts'
import { Icon } from '../parts/icon.tsx'
import { text } from './text.ts'

/** On a phone it is a drawer, which a choice or Escape closes. */
export function Navigation({
  current,
  isOpen,
  onGone,
}: {
  readonly current: string | null
  readonly isOpen: boolean
  readonly onGone: () => void
}) {
  useEffect(() => {
    if (!isOpen) return
    const close = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') onGone()
    }
    addEventListener('keydown', close)
    return () => removeEventListener('keydown', close)
  }, [isOpen, onGone])
  return (
    <nav className="navigation" id="navigation" aria-label={text.navigation}>
      <ul role="list">
        {pages.map((page) => (
          <li key={page.path}>
            <Link
              to={page.path}
              onClick={onGone}
              {...(page.path === current ? { 'aria-current': 'page' as const } : {})}
            >
              <Icon name={page.icon} />
              {page.title}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}
