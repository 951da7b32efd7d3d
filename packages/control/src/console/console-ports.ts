import type { Person } from '@pointsman/core'

/** A file of the web console, as it goes over the wire. */
export interface ConsoleFile {
  readonly contentType: string
  /** Its name changes with its content: browsers keep it for good. */
  readonly immutable: boolean
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Absent = it is not worth it. */
  readonly brotli?: Uint8Array<ArrayBuffer>
  readonly gzip?: Uint8Array<ArrayBuffer>
}

/** The built console. Rejects with PointsmanError where it cannot be built here. */
export interface ConsoleFiles {
  /** `index.html`, `assets/index-3f2a.js`; null = there is none. */
  find(path: string): Promise<ConsoleFile | null>
}

/** What a seal is for: what was sealed for one thing does not open as another. */
export type SealPurpose = 'console-session' | 'console-ticket' | 'console-sign-in'

/** Encrypts and authenticates short texts by a key that never leaves the door that derived it, equal on all hosts of one master key. */
export interface Seal {
  /** Letters, digits, `-` and `_` only. */
  seal(purpose: SealPurpose, text: string): string
  /** Null = not sealed here, for another purpose, or altered. */
  open(purpose: SealPurpose, sealed: string): string | null
}

/** What the issuer's answer is held against: made anew for each sign-in, and known to one browser. */
export interface SignInSecrets {
  readonly state: string
  readonly nonce: string
  /** Of PKCE: 43 to 128 letters and digits. */
  readonly verifier: string
}

/**
 * Why a person could not sign in: the issuer does not answer; it says that they may not, or did not; it refused our own
 * question; what it answered cannot be trusted; it answered well, and no scope is theirs.
 */
export type IssuerProblem = 'unreachable' | 'denied' | 'refused' | 'untrusted' | 'no-rights'

/** Signing in with OpenID Connect. Nothing of it rejects: what the issuer says wrong is a problem, told in the log. */
export interface Oidc {
  /** What people call the issuer. */
  readonly name: string
  /** Where browsers reach this server, without a slash at its end. */
  readonly publicUrl: string
  /** Changes with every setting that says who may do what: sessions of before it have ended. */
  readonly policy: string
  readonly sessionMs: number
  /** Where the browser goes to sign in. */
  begin(secrets: SignInSecrets): Promise<{ readonly url: string } | { readonly problem: IssuerProblem }>
  /** Who it is, by what the browser brought back in its query; somebody who has the scope `read`, which the console takes. */
  finish(
    secrets: SignInSecrets,
    answer: URLSearchParams,
  ): Promise<{ readonly person: Person } | { readonly problem: IssuerProblem }>
  /** Where the browser goes to sign out there, too; null = the issuer offers it not, or does not answer. */
  signOutUrl(): Promise<string | null>
}

export const oidcPath = '/console/api/session/oidc'
/** Where the issuer sends browsers back to, below the server's public address. Registered there, letter by letter. */
export const oidcCallbackPath = `${oidcPath}/callback`
/** The same after signing out there. */
export const oidcSignedOutPath = '/console/'

export interface ConsoleOptions {
  readonly files: ConsoleFiles
  readonly seal: Seal
  /** Absent = people sign in with a key. */
  readonly oidc?: Oidc
}
