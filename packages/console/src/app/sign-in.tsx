import { useState, type SyntheticEvent } from 'react'
import { Button } from '../parts/button.tsx'
import { TextField } from '../parts/field.tsx'
import { goToSignIn, signIn, type Oidc, type Session, type SignInProblem } from '../session/session.ts'
import { fill } from '../text/fill.ts'
import { text } from './text.ts'
import './sign-in.css'

export interface SignInProps {
  /** Somebody was signed in until just now. */
  readonly hasEnded: boolean
  /** Null = with a key alone. */
  readonly oidc: Oidc | null
  /** Why the way by the issuer ended here. */
  readonly problem: SignInProblem | null
  readonly onSignedIn: (session: Session) => void
}

/** The way in: by the issuer whom the server names, or by a key. */
export function SignIn({ hasEnded, oidc, onSignedIn, problem }: SignInProps) {
  const hint = oidc === null ? text.signInHint : text.signInHintBoth
  const name = oidc?.name ?? text.signInNowhere
  return (
    <main className="sign-in">
      <div className="sign-in-card">
        <h1>{text.signInTitle}</h1>
        {problem === null ? (
          <p className="soft">{hasEnded ? text.sessionEnded : hint}</p>
        ) : (
          <p className="sign-in-problem" role="alert">
            {fill(text.signInProblems[problem], { name })}
          </p>
        )}
        {oidc === null ? null : <SignInWith oidc={oidc} />}
        <KeyForm isAlone={oidc === null} onSignedIn={onSignedIn} />
      </div>
    </main>
  )
}

/** Never pending: whoever comes back by the browser's own button finds the page as they left it. */
const SignInWith = ({ oidc }: { readonly oidc: Oidc }) => (
  <>
    <Button kind="primary" onPress={() => goToSignIn(oidc)} autoFocus>
      {fill(text.signInWith, { name: oidc.name })}
    </Button>
    <p className="sign-in-or soft">{text.signInOr}</p>
  </>
)

/** The key leaves this page once, to be checked, and is kept nowhere in the browser. */
function KeyForm({
  isAlone,
  onSignedIn,
}: {
  readonly isAlone: boolean
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
    <form className="sign-in-form" onSubmit={onSubmit} method="post">
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
        autoFocus={isAlone}
      />
      <Button kind={isAlone ? 'primary' : 'plain'} type="submit" isPending={isPending}>
        {text.signIn}
      </Button>
    </form>
  )
}
