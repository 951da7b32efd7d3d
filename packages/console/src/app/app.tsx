import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { useCallback, useEffect, useMemo, useState } from 'react'
import { LiveProvider } from '../live/live-context.tsx'
import { createQueryClient } from '../live/query-client.ts'
import { isSignedOut, serverState } from '../live/server-state.ts'
import { TalkProvider } from '../pages/playground/talk.tsx'
import { Loading } from '../parts/states.tsx'
import { tellFailure, Toasts } from '../parts/toast.tsx'
import { SessionContext } from '../session/session-context.tsx'
import {
  consoleClient,
  readEntry,
  signIn,
  signOut,
  takeSignInProblem,
  type Oidc,
  type Session,
} from '../session/session.ts'
import { createConsoleRouter } from './router.tsx'
import { SameSession } from './same-session.tsx'
import { ServerBanner } from './server-banner.tsx'
import { SignIn } from './sign-in.tsx'
import { text } from './text.ts'

type Who =
  | { readonly kind: 'asking' }
  | { readonly kind: 'nobody'; readonly hasEnded: boolean }
  | { readonly kind: 'somebody'; readonly session: Session }

const askAgainMs = 2_000

/** Who is signed in decides what there is: the way in, or the console. */
export function App() {
  const [who, setWho] = useState<Who>({ kind: 'asking' })
  const [oidc, setOidc] = useState<Oidc | null>(null)
  // Of the way back that opened this page, whoever else may sign in here later.
  const [problem, setProblem] = useState(takeSignInProblem)
  const leave = useCallback((hasEnded: boolean) => setWho({ kind: 'nobody', hasEnded }), [])
  useEffect(() => {
    if (who.kind !== 'asking') return
    let gone = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const ask = async (): Promise<void> => {
      try {
        const { session, oidc: offered } = await readEntry()
        serverState.back()
        if (gone) return
        setOidc(offered)
        if (session !== null) setProblem(null)
        setWho(session === null ? { kind: 'nobody', hasEnded: false } : { kind: 'somebody', session })
      } catch (thrown) {
        serverState.failed(thrown)
        if (!gone) timer = setTimeout(() => void ask(), askAgainMs)
      }
    }
    void ask()
    return () => {
      gone = true
      clearTimeout(timer)
    }
  }, [who])
  const enter = useCallback((session: Session): void => {
    setProblem(null)
    setWho({ kind: 'somebody', session })
  }, [])
  const beginAnew = useCallback(() => setWho({ kind: 'asking' }), [])
  if (who.kind === 'somebody')
    return <SignedInApp session={who.session} onRenewed={enter} onLeft={leave} onOther={beginAnew} />
  return (
    <>
      <ServerBanner />
      {who.kind === 'asking' ? (
        <Loading />
      ) : (
        <SignIn hasEnded={who.hasEnded} oidc={oidc} problem={problem} onSignedIn={enter} />
      )}
    </>
  )
}

function SignedInApp({
  onLeft,
  onOther,
  onRenewed,
  session,
}: {
  readonly session: Session
  readonly onRenewed: (session: Session) => void
  readonly onLeft: (hasEnded: boolean) => void
  readonly onOther: () => void
}) {
  // Made anew for whoever signs in: what one may read is not shown to the next. A renewed session is the same one's, and keeps both.
  const [queries] = useState(() => createQueryClient(() => onLeft(true)))
  const [router] = useState(() => createConsoleRouter())
  const signedIn = useMemo(
    () => ({
      session,
      client: consoleClient(),
      renew: async (key: string) => onRenewed(await signIn(key)),
      signOut: () => {
        const leave = async (): Promise<void> => {
          try {
            const url = await signOut()
            if (url !== null) location.assign(url)
            onLeft(false)
          } catch (thrown) {
            if (isSignedOut(thrown)) onLeft(true)
            // The session stands: whoever comes next to this browser would have it.
            else tellFailure(thrown, text.stillSignedIn)
          }
        }
        void leave()
      },
    }),
    [session, onRenewed, onLeft],
  )
  return (
    <SessionContext value={signedIn}>
      <QueryClientProvider client={queries}>
        <LiveProvider onSignedOut={() => onLeft(true)}>
          <SameSession onOther={onOther} />
          <TalkProvider>
            <RouterProvider router={router} />
          </TalkProvider>
          <Toasts />
        </LiveProvider>
      </QueryClientProvider>
    </SessionContext>
  )
}
