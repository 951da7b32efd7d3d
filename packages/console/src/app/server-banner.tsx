import { QueryClientContext } from '@tanstack/react-query'
import { use, useEffect, useRef } from 'react'
import { serverState, useServerState } from '../live/server-state.ts'
import { Icon } from '../parts/icon.tsx'
import { readEntry } from '../session/session.ts'
import './server-banner.css'

const askEveryMs = 2_000

/** Says that the server is away for as long as it is, asks for it, and has everything read anew once it is back. */
export function ServerBanner() {
  const { there, words } = useServerState()
  const queries = use(QueryClientContext)
  useEffect(() => {
    if (there) return
    const timer = setInterval(() => {
      readEntry()
        .then(() => serverState.back())
        .catch((thrown: unknown) => serverState.failed(thrown))
    }, askEveryMs)
    return () => clearInterval(timer)
  }, [there])
  const wasAway = useRef(false)
  const anewAtMs = useRef(0)
  // Whoever learnt it first: the stream of changes and every answer tell that it is back, too.
  useEffect(() => {
    if (!there) wasAway.current = true
    if (!there || !wasAway.current) return
    // Where one part of it stays away, the others' answers tell each time that it is back: not without a pause, then.
    const timer = setTimeout(
      () => {
        wasAway.current = false
        anewAtMs.current = Date.now()
        void queries?.invalidateQueries()
      },
      Math.max(0, anewAtMs.current + askEveryMs - Date.now()),
    )
    return () => clearTimeout(timer)
  }, [there, queries])
  if (there) return null
  return (
    <div className="server-banner" role="alert">
      <Icon name="warning" />
      {words}
    </div>
  )
}
