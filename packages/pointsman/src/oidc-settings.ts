import { hash } from 'node:crypto'
import { PointsmanError, type KeyScope } from '@pointsman/contract'
import type { ScopeMapping } from '@pointsman/core'

/** Whom people of the console sign in with, and what they then may do. */
export interface OidcSettings {
  /** As the issuer spells itself, its last slash included. */
  readonly issuer: string
  readonly clientId: string
  /** Null = the issuer knows this server as a public client, which PKCE alone protects. */
  readonly clientSecret: string | null
  readonly name: string
  /** Where browsers reach this server, without a slash at its end. */
  readonly publicUrl: string
  /** What is asked for: `openid profile`. */
  readonly requestedScopes: string
  readonly mapping: ScopeMapping
  readonly sessionMs: number
  /** Of everything above that says who may do what: sessions end where it changes. */
  readonly policy: string
}

type Value = (name: string) => string | null

const prefix = 'POINTSMAN_OIDC_'
const scopesVariable = `${prefix}SCOPES`
const scopesExample = `{"pointsman-operators":["read","switch"],"pointsman-admins":["invoke","read","switch","admin"]}`
const knownScopes: readonly KeyScope[] = ['invoke', 'read', 'switch', 'admin']
const members = [
  'ISSUER',
  'CLIENT_ID',
  'CLIENT_SECRET',
  'NAME',
  'REQUESTED_SCOPES',
  'SCOPES_CLAIM',
  'SCOPES',
  'SESSION_MINUTES',
] as const
const sessionMinutes = { usual: 480, least: 5, most: 720 }

const wrong = (message: string): PointsmanError => new PointsmanError('invalid_request', message)

/** Null = people sign in with a key. Throws PointsmanError naming the variable that is wrong or lacking. */
export function readOidcSettings(value: Value): OidcSettings | null {
  const issuer = value(`${prefix}ISSUER`)
  if (issuer === null) {
    const stray = members.map((member) => prefix + member).find((name) => value(name) !== null)
    if (stray === undefined) return null
    throw wrong(
      `${stray} is set, but ${prefix}ISSUER is not: nobody could sign in there. Set it, or leave both out.`,
    )
  }
  const issuerUrl = readIssuer(issuer)
  const clientId = required(value, `${prefix}CLIENT_ID`, 'the id under which the issuer knows this server')
  const mapping = {
    claim: value(`${prefix}SCOPES_CLAIM`) ?? 'groups',
    scopes: readScopes(value(scopesVariable)),
  }
  const sessionMs = readSessionMinutes(value(`${prefix}SESSION_MINUTES`)) * 60_000
  const rights = [issuer, clientId, mapping.claim, [...mapping.scopes], sessionMs]
  return {
    ...{ issuer, clientId, mapping, sessionMs },
    clientSecret: value(`${prefix}CLIENT_SECRET`),
    name: (value(`${prefix}NAME`) ?? issuerUrl.host).slice(0, 60),
    publicUrl: readPublicUrl(value),
    requestedScopes: readRequestedScopes(value(`${prefix}REQUESTED_SCOPES`)),
    policy: hash('sha256', JSON.stringify(rights), 'hex').slice(0, 32),
  }
}

function required(value: Value, name: string, what: string): string {
  const found = value(name)
  if (found !== null) return found
  throw wrong(`${name} is not set, and ${prefix}ISSUER is. It takes ${what}.`)
}

const isLoopback = ({ hostname }: URL): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)

/** Whether what goes there is encrypted, or never leaves this machine. */
export const isSafeAddress = (url: URL): boolean =>
  url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))

function plainUrl(text: string, name: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^https?:$/.test(url.protocol))
    throw wrong(`${name} is "${text}", which is no address.`)
  if (url.username !== '' || url.password !== '') throw wrong(`${name} takes no user and no password.`)
  if (url.search !== '' || url.hash !== '')
    throw wrong(`${name} is "${text}"; it takes no query and no fragment.`)
  if (isSafeAddress(url)) return url
  throw wrong(
    `${name} is "${text}"; it takes https, since passwords and codes go there. http is for this machine alone.`,
  )
}

function readIssuer(text: string): URL {
  const name = `${prefix}ISSUER`
  if (text.includes('/.well-known/'))
    throw wrong(
      `${name} is "${text}"; it takes the issuer itself, which is what stands before /.well-known/.`,
    )
  return plainUrl(text, name)
}

/** Said by the operator: by the Host header of a request, whoever sends it would say where codes go. */
function readPublicUrl(value: Value): string {
  const name = 'POINTSMAN_PUBLIC_URL'
  const url = plainUrl(required(value, name, 'the address at which browsers reach this server'), name)
  if (url.pathname === '/') return url.origin
  throw wrong(`${name} has a path; the console stands at /console of its host. Leave "${url.pathname}" out.`)
}

function readScopes(text: string | null): ScopeMapping['scopes'] {
  const form = `It takes which values of the claim open what, like ${scopesExample}; "*" is whoever signs in.`
  if (text === null) throw wrong(`${scopesVariable} is not set, so that nobody could sign in. ${form}`)
  let said: unknown
  try {
    // oxlint-disable-next-line no-restricted-properties -- the operator's own setting, and each member is checked below
    said = JSON.parse(text)
  } catch {
    throw wrong(`${scopesVariable} is not JSON. ${form}`)
  }
  if (typeof said !== 'object' || said === null || Array.isArray(said))
    throw wrong(`${scopesVariable} is not an object. ${form}`)
  const mapping = new Map(
    Object.entries(said).map(([value, scopes]) => [value, scopesOf(value, scopes, form)]),
  )
  if ([...mapping.values()].some((scopes) => scopes.includes('read'))) return mapping
  throw wrong(`${scopesVariable} gives nobody the scope read, which the console takes. ${form}`)
}

function scopesOf(value: string, said: unknown, form: string): readonly KeyScope[] {
  const scopes = Array.isArray(said)
    ? said.map((word: unknown) => knownScopes.find((known) => known === word))
    : []
  const known = scopes.filter((scope) => scope !== undefined)
  if (known.length > 0 && known.length === scopes.length) return known
  throw wrong(`${scopesVariable}: "${value}" must be a list of ${knownScopes.join(', ')}. ${form}`)
}

function readRequestedScopes(text: string | null): string {
  const words = (text ?? 'openid profile').split(/\s+/)
  const misspelt = words.find((word) => !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(word))
  if (misspelt === undefined) return [...new Set(['openid', ...words])].join(' ')
  throw wrong(
    `${prefix}REQUESTED_SCOPES has "${misspelt}"; it takes words parted by spaces: openid profile groups.`,
  )
}

function readSessionMinutes(text: string | null): number {
  const minutes = text === null ? sessionMinutes.usual : Number(text)
  const { least, most } = sessionMinutes
  if (Number.isInteger(minutes) && minutes >= least && minutes <= most) return minutes
  throw wrong(
    `${prefix}SESSION_MINUTES is "${text ?? ''}"; it takes a whole number from ${least} to ${most}.`,
  )
}
