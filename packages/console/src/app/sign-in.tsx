import { useState, type SyntheticEvent } from 'react'
import { Button } from '../parts/button.tsx'
import { TextField } from '../parts/field.tsx'
import { signIn, type Session } from '../session/session.ts'
import { text } from './text.ts'
import './sign-in.css'

/** The way in. The key leaves this page once, to be checked, and is kept nowhere in the browser. */
export function SignIn({
  hasEnded,
  onSignedIn,
}: {
  /** Somebody was signed in until just now. */
  readonly hasEnded: boolean
  readonly onSignedIn: (session: Session) => void
}) {
  const [key, setKey] = useState('')
  const [error, setError] = useState<string | null>(null)
  const [isPending, setPending] = useState(false)
  const submit = async (): Promise<void> => {
    if (key.trim() === '') return setError(text.keyEmpty)
    setPending(true)
    setError(null)
    try {
      onSignedIn(await signIn(key.trim()))
    } catch (thrown) {
      setError(thrown instanceof Error ? thrown.message : String(thrown))
      setPending(false)
    }
  }
  const onSubmit = (event: SyntheticEvent): void => {
    event.preventDefault()
    void submit()
  }
  return (
    <main className="sign-in">
      <form className="sign-in-card" onSubmit={onSubmit} method="post">
        <h1>{text.signInTitle}</h1>
        <p className="soft">{hasEnded ? text.sessionEnded : text.signInHint}</p>
        {/* What password managers keep the key under. */}
        <input
          className="hidden-text"
          name="username"
          autoComplete="username"
          value={text.name}
          readOnly
          tabIndex={-1}
          aria-hidden="true"
        />
        <TextField
          label={text.key}
          hint={text.keyHint}
          error={error}
          value={key}
          onChange={setKey}
          type="password"
          name="key"
          autoComplete="current-password"
          autoFocus
        />
        <Button kind="primary" type="submit" isPending={isPending}>
          {text.signIn}
        </Button>
      </form>
    </main>
  )
}
