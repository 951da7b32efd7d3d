import { Outlet, useRouter, useRouterState } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { RouterProvider as AriaRouterProvider } from 'react-aria-components'
import { pages } from '../pages/index.ts'
import { focusContent } from '../parts/keep-focus.ts'
import { Navigation } from './navigation.tsx'
import { ServerBanner } from './server-banner.tsx'
import { Shortcuts } from './shortcuts.tsx'
import { text } from './text.ts'
import { TopBar } from './top-bar.tsx'
import './shell.css'

/** The frame of every page: where one is, what there is, and how the server is. */
export function Shell() {
  const router = useRouter()
  const pathname = useRouterState({ select: (state) => state.location.pathname })
  const [isOpen, setOpen] = useState(false)
  const page = pages.find(({ path }) => pathname === path || pathname.startsWith(`${path}/`))
  useEffect(() => {
    document.title = page === undefined ? text.name : `${page.title} · ${text.name}`
  }, [page])
  useFocusInPage(pathname)
  return (
    <AriaRouterProvider
      navigate={(to) => void router.navigate({ to })}
      useHref={(to) => router.buildLocation({ to }).href}
    >
      <a className="skip" href="#content">
        {text.skip}
      </a>
      <div className={`shell${isOpen ? ' navigation-open' : ''}`}>
        <TopBar onMenu={() => setOpen(!isOpen)} />
        <Navigation current={page?.path ?? null} isOpen={isOpen} onGone={() => setOpen(false)} />
        <main id="content" className="content" tabIndex={-1}>
          <ServerBanner />
          <Outlet />
        </main>
      </div>
      <Shortcuts />
    </AriaRouterProvider>
  )
}

/** What was pressed to come here is gone with the page before: Tab goes on in this one, not at the top of the window. */
function useFocusInPage(pathname: string): void {
  useEffect(() => {
    const timer = setTimeout(() => {
      if (document.activeElement === document.body) focusContent()
    }, 50)
    return () => clearTimeout(timer)
  }, [pathname])
}
