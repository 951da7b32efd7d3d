/**
 * Why a vendor would not be called with a model, as far as an operator can do something about it.
 * - `no-access`: the account has not been given the model.
 * - `not-permitted`: the caller's role may not call it, or not in a region to which the call leads.
 * - `profile-needed`: the region serves it through an inference profile alone.
 * - `end-of-life`: it is gone.
 * - `region`: it is not served in the region that is called, or not from this country.
 * - `unknown-model`: the vendor does not know the name here.
 * - `throttled`, `quota`: too much at once, or for this account.
 * - `credential`: the key is wrong, over, or signed at another time. `credential-missing`: there is none.
 * - `overloaded`, `unreachable`: the vendor is not well, or not there.
 * - `request`: it takes no request such as the one that was made.
 */
export const refusalKinds = [
  'no-access',
  'not-permitted',
  'profile-needed',
  'end-of-life',
  'region',
  'unknown-model',
  'throttled',
  'quota',
  'credential',
  'credential-missing',
  'overloaded',
  'unreachable',
  'request',
  'other',
] as const
export type RefusalKind = (typeof refusalKinds)[number]

/** What a vendor's words say of a refusal beside its code. */
export interface RefusalReading {
  readonly kind: RefusalKind
  /** The region in which it was refused, where the vendor names another one than was called: a profile leads there. */
  readonly refusedIn: string | null
}

/** How a vendor refused a call, without its words: they may name what is in its account. */
export interface Refusal extends RefusalReading {
  /** The vendor's own name of the error. */
  readonly vendorName: string | null
  /** The entry that was called: the profile that stands in for a base id. */
  readonly modelId: string
  /** The region that was called. */
  readonly region: string
}
