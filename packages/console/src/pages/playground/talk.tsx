import { createContext, use, useEffect, useState, type ReactNode } from 'react'
import { createHeld, type Held } from '../../live/held.ts'
import { createChat, type Chat } from './chat.ts'

/** Whom the page's address names: those who are asked, and whether two are (`true`). */
export interface Named {
  readonly ask: string
  readonly other: string
  readonly compare: string
}

export const nobodyNamed: Named = { ask: 'default', other: 'default', compare: '' }

/** What is said in the Playground, and what is not said yet. */
export interface Talk {
  readonly first: Chat
  /** Beside it, where two are compared. */
  readonly second: Chat
  readonly typed: Held<{ readonly message: string; readonly named: Named }>
}

const TalkContext = createContext<Talk | null>(null)

/** Keeps it for as long as somebody is signed in here: whoever comes back to the page finds it, whoever signs in next does not. */
export function TalkProvider({ children }: { readonly children: ReactNode }) {
  const [talk] = useState((): Talk => ({
    first: createChat(),
    second: createChat(),
    typed: createHeld({ message: '', named: nobodyNamed }),
  }))
  useEffect(
    () => () => {
      talk.first.stop()
      talk.second.stop()
    },
    [talk],
  )
  return <TalkContext value={talk}>{children}</TalkContext>
}

export function useTalk(): Talk {
  const talk = use(TalkContext)
  if (talk === null) throw new Error('shown only to somebody who is signed in')
  return talk
}
