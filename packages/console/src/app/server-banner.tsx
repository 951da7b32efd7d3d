import { QueryClientContext } from '@tanstack/react-query'
import { use, useEffect } from 'react'
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
        .then(async () => {
          serverState.back()
          await queries?.invalidateQueries()
        })
        .catch((thrown: unknown) => serverState.failed(thrown))
    }, askEveryMs)
    return () => clearInterval(timer)
  }, [there, queries])
  if (there) return null
  return (
    <div className="server-banner" role="alert">
      <Icon name="warning" />
      {words}
    </div>
  )
}
