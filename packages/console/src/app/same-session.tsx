import { useEffect, useEffectEvent } from 'react'
import { useLiveState } from '../live/live-context.tsx'
import { serverState } from '../live/server-state.ts'
import { useSession } from '../session/session-context.tsx'
import { isStill } from '../session/session.ts'

/** Tells where another tab has signed in somebody else: the cookie is the browser's, and this page would act as them. */
export function SameSession({ onOther }: { readonly onOther: () => void }) {
  const session = useSession()
  const isLive = useLiveState() === 'live'
  const other = useEffectEvent(onOther)
  useEffect(() => {
    let gone = false
    const look = (): void => {
      if (document.visibilityState !== 'visible') return
      isStill(session)
        .then((same) => {
          // An answer from before a key was exchanged for its successor speaks of the one before.
          if (!same && !gone) other()
        })
        .catch((thrown: unknown) => serverState.failed(thrown))
    }
    if (isLive) look()
    document.addEventListener('visibilitychange', look)
    // Of two windows beside each other both stay in sight.
    addEventListener('focus', look)
    return () => {
      gone = true
      document.removeEventListener('visibilitychange', look)
      removeEventListener('focus', look)
    }
  }, [session, isLive])
  return null
}
