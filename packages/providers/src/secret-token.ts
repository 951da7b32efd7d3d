import { joinedText, PointsmanError, type Credential } from '@pointsman/contract'

// What a header may carry; a credential read with a line break at its end is the usual reason for the check.
const headerForm = /^[\x21-\x7e]+$/

/** Throws `provider_auth` when the text cannot stand in a header; `variable` is where an operator sets it. */
export function needHeaderText(text: string, variable: string): string {
  if (headerForm.test(text)) return text
  throw new PointsmanError(
    'provider_auth',
    `The credential in ${variable} holds characters that no header may carry, such as a space or a line break. Set it again.`,
  )
}

/** The token of a provider that knows no other kind of credential. Throws `provider_auth` for other kinds and for broken ones. */
export function secretToken(credential: Credential, variable: string): string {
  if (credential.kind === 'bearer') return needHeaderText(credential.token, variable)
  throw new PointsmanError('provider_auth', `This provider is called with a key only: set ${variable}.`)
}

// By the credential's own object, so that one that is gone takes its text along.
const bearers = new WeakMap<Credential, string>()

/** The same behind `Bearer`: judged and put together once for each credential. */
export function bearerToken(credential: Credential, variable: string): string {
  const known = bearers.get(credential)
  if (known !== undefined) return known
  const text = joinedText('Bearer ', secretToken(credential, variable))
  bearers.set(credential, text)
  return text
}
