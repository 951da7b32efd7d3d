import { PointsmanError, type KeyScope, type Principal } from '@pointsman/contract'

const howToSend =
  'Send the key as "Authorization: Bearer <key>" (x-api-key, api-key and x-goog-api-key are read too). "pointsman keys create" makes one.'

/** The refusal of a request that carries no key: `missing_key`, 401. */
export const missingKey = (): PointsmanError =>
  new PointsmanError('missing_key', `This request carries no key. ${howToSend}`)

/** The refusal of a key that opens nothing: `invalid_key`, 401. */
export const unknownKey = (): PointsmanError =>
  new PointsmanError('invalid_key', `This key is not known here, was revoked or has expired. ${howToSend}`)

/** How soon a registry that was away may answer again. */
const againAfterMs = 2_000

/**
 * The refusal of a key that may have been made where this server could not see it, because its registry does not answer:
 * `registry_unavailable`, 503. Never 401 then: the caller would throw away a key that is good.
 */
export const keyNotKnownNow = (): PointsmanError =>
  new PointsmanError(
    'registry_unavailable',
    'This key is not in the last snapshot that this server has of its registry, which does not answer just now. Try again in a moment.',
    { retryAfterMs: againAfterMs },
  )

/** Throws PointsmanError `forbidden` (403) unless the principal has one of the scopes; `operation` names what needs them. */
export function requireScope(principal: Principal, scopes: readonly KeyScope[], operation?: string): void {
  if (scopes.some((scope) => principal.scopes.includes(scope))) return
  const wanted = scopes.map((scope) => `"${scope}"`).join(' or ')
  const needed = operation === undefined ? wanted : `${wanted}, which ${operation} needs`
  if (principal.kind === 'user') throw new PointsmanError('forbidden', userRefusal(principal, needed))
  throw new PointsmanError(
    'forbidden',
    `This key lacks the scope ${needed}. An administrator can make one that has it: "pointsman keys create".`,
  )
}

function userRefusal({ id, scopes, userId }: Principal, needed: string): string {
  if (userId !== null)
    return `A signed-in user's token lacks the scope ${needed}. It may list models, chat, and switch its own conversations.`
  if (scopes.length === 0)
    return `A token of the role "${id}" opens nothing here. Sign in, and send that user's token.`
  return `You lack the scope ${needed}; you have ${scopes.join(', ')}. Whoever runs this server maps groups to scopes, in force when you next sign in.`
}
