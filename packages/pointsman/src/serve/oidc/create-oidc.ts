import { hasMappedClaim, personOfClaims, type Claims, type Person } from '@pointsman/core'
import {
  oidcCallbackPath,
  oidcSignedOutPath,
  type IssuerProblem,
  type Oidc,
  type SignInSecrets,
} from '@pointsman/control'
import * as oauth from 'oauth4webapi'
import { isSafeAddress, type OidcSettings } from '../../oidc-settings.ts'
import { systemClock } from '../clock.ts'
import type { Log } from '../log.ts'
import { FailureLog } from './failure-log.ts'
import { createIssuerFetch, IssuerAway } from './issuer-fetch.ts'
import { Issuer } from './issuer.ts'

export interface OidcParts {
  readonly settings: OidcSettings
  readonly privateHosts: readonly string[]
  readonly log: Log
}

interface Parts extends OidcParts {
  readonly issuer: Issuer
  readonly client: oauth.Client
  readonly failures: FailureLog
  readonly redirectUri: string
}

/** Clocks of two machines that are kept. */
const leewaySeconds = 30

/** Signing in with OpenID Connect: authorization code, PKCE (S256), state and nonce, by a library that is certified for it. */
export function createOidc(given: OidcParts): Oidc {
  const { settings } = given
  const { clientId, name, policy, publicUrl, sessionMs } = settings
  const fetch = createIssuerFetch(new Set([new URL(settings.issuer).hostname, ...given.privateHosts]))
  const parts: Parts = {
    ...given,
    issuer: new Issuer(settings.issuer, fetch),
    client: { client_id: clientId, [oauth.clockTolerance]: leewaySeconds },
    failures: new FailureLog(given.log, systemClock.nowMs),
    redirectUri: publicUrl + oidcCallbackPath,
  }
  return {
    ...{ name, publicUrl, policy, sessionMs },
    begin: (secrets) => told(parts, async () => ({ url: await authorizationUrl(parts, secrets) })),
    finish: (secrets, answer) => told(parts, () => personFrom(parts, secrets, answer)),
    signOutUrl: () => signOutUrl(parts),
  }
}

async function authorizationUrl(
  { client, issuer, redirectUri, settings }: Parts,
  { nonce, state, verifier }: SignInSecrets,
): Promise<string> {
  const { authorization_endpoint: endpoint } = await issuer.metadata()
  const url = browserUrl(endpoint)
  if (url === null) throw new IssuerAway('the issuer names no authorization endpoint with https')
  const asked = {
    client_id: client.client_id,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: settings.requestedScopes,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  }
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value)
  return url.href
}

/** State, issuer, signature, audience, nonce and dates are the library's to check; every one of them throws. */
async function personFrom(
  parts: Parts,
  secrets: SignInSecrets,
  answer: URLSearchParams,
): Promise<{ readonly person: Person }> {
  const { client, issuer, redirectUri, settings } = parts
  const { options } = issuer
  const metadata = await issuer.metadata()
  const code = oauth.validateAuthResponse(metadata, client, answer, secrets.state)
  const proof = clientProof(settings, metadata)
  const response = await oauth.authorizationCodeGrantRequest(
    ...([metadata, client, proof, code, redirectUri, secrets.verifier, options] as const),
  )
  const tokens = await oauth.processAuthorizationCodeResponse(metadata, client, response, {
    expectedNonce: secrets.nonce,
    requireIdToken: true,
  })
  await oauth.validateApplicationLevelSignature(metadata, response, options)
  const signed = oauth.getValidatedIdTokenClaims(tokens)
  if (signed === undefined) throw new NobodyNamed()
  const claims = await allClaims(parts, metadata, { signed, tokens })
  const person = personOfClaims(claims, settings.mapping)
  if (person === null) throw new NobodyNamed()
  if (person.scopes.includes('read')) return { person }
  throw new NoRights(settings.mapping.claim, hasMappedClaim(claims, settings.mapping))
}

/** Tells whether the issuer says groups at all, which ones belongs in no log. */
class NoRights extends Error {
  override readonly name = 'NoRights'

  constructor(claim: string, isThere: boolean) {
    super(
      isThere
        ? `no value of the claim "${claim}" opens read`
        : `neither the id token nor the user info has the claim "${claim}"`,
    )
  }
}

class NobodyNamed extends Error {
  override readonly name = 'NobodyNamed'
  override readonly message = 'the subject of the id token could not stand in a record'
}

interface Answered {
  readonly signed: oauth.IDToken
  readonly tokens: oauth.TokenEndpointResponse
}

/** Many issuers tell groups and names at their UserInfo endpoint alone. What the token says wins: it is signed. */
async function allClaims(
  { client, issuer, settings }: Parts,
  metadata: oauth.AuthorizationServer,
  { signed, tokens }: Answered,
): Promise<Claims> {
  const isWhole = hasMappedClaim(signed, settings.mapping) && signed['name'] !== undefined
  if (isWhole || metadata.userinfo_endpoint === undefined) return signed
  const response = await oauth.userInfoRequest(metadata, client, tokens.access_token, issuer.options)
  const more = await oauth.processUserInfoResponse(metadata, client, signed.sub, response)
  return { ...more, ...signed }
}

/** As the issuer says that it takes it; by its silence HTTP Basic, which is the default of discovery. */
function clientProof(
  { clientSecret }: OidcSettings,
  { token_endpoint_auth_methods_supported: taken = ['client_secret_basic'] }: oauth.AuthorizationServer,
): oauth.ClientAuth {
  if (clientSecret === null) return oauth.None()
  const isBasic = taken.includes('client_secret_basic') || !taken.includes('client_secret_post')
  return isBasic ? oauth.ClientSecretBasic(clientSecret) : oauth.ClientSecretPost(clientSecret)
}

/** Without the id token, which is kept nowhere: the issuer asks whether it is meant. */
async function signOutUrl({ client, issuer, settings }: Parts): Promise<string | null> {
  try {
    const url = browserUrl((await issuer.metadata()).end_session_endpoint)
    url?.searchParams.set('client_id', client.client_id)
    url?.searchParams.set('post_logout_redirect_uri', settings.publicUrl + oidcSignedOutPath)
    return url?.href ?? null
  } catch (thrown) {
    if (problemOf(thrown) === null) throw thrown
    // Signed out here is signed out, whether or not the issuer can be told.
    return null
  }
}

/** An address that a browser is sent to: never one that runs as a script. */
function browserUrl(text: string | undefined): URL | null {
  const url = text !== undefined && URL.canParse(text) ? new URL(text) : null
  return url !== null && isSafeAddress(url) ? url : null
}

/** What went wrong at the issuer, as a problem and a line of the log; whatever else is thrown is ours. */
async function told<Good>(
  { failures, settings }: Parts,
  work: () => Promise<Good>,
): Promise<Good | { readonly problem: IssuerProblem }> {
  try {
    return await work()
  } catch (thrown) {
    const problem = problemOf(thrown)
    if (problem === null) throw thrown
    // Who is not let in is as it should be; the rest somebody has to mend.
    const level = problem === 'denied' || problem === 'no-rights' ? 'info' : 'error'
    failures.tell(level, problem, { issuer: settings.issuer, ...factsOf(thrown) })
    return { problem }
  }
}

function problemOf(thrown: unknown): IssuerProblem | null {
  if (thrown instanceof IssuerAway) return 'unreachable'
  if (thrown instanceof NoRights) return 'no-rights'
  if (thrown instanceof oauth.AuthorizationResponseError)
    return personalRefusals.has(thrown.error) ? 'denied' : 'refused'
  if (thrown instanceof oauth.ResponseBodyError || thrown instanceof oauth.WWWAuthenticateChallengeError)
    return 'refused'
  return untrusted.some((kind) => thrown instanceof kind) ? 'untrusted' : null
}

const untrusted = [oauth.OperationProcessingError, oauth.UnsupportedOperationError, NobodyNamed]

/** Refusals that are about the person, not about how this server asked. */
const personalRefusals = new Set([
  'access_denied',
  'login_required',
  'consent_required',
  'interaction_required',
  'account_selection_required',
])

/**
 * The library's sentence or the issuer's word of the error. Never the issuer's description, in which stands who was refused, nor
 * the error's cause, in which stand claims.
 */
function factsOf(thrown: unknown): { readonly [name: string]: string } {
  if (thrown instanceof oauth.AuthorizationResponseError || thrown instanceof oauth.ResponseBodyError)
    return { error: /^[a-z_]{1,64}$/.test(thrown.error) ? thrown.error : 'another word than OAuth has' }
  return { cause: thrown instanceof Error ? thrown.message : 'unknown' }
}
