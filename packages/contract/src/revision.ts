/**
 * Where the registry's history stands. Numbers rise by one and are never reused, not even across epochs,
 * so a number alone orders history; a restore starts a new epoch.
 * Users see the number (`x-pointsman-revision`, ETags, `revision` in answers); the epoch stands beside it.
 */
export interface Revision {
  readonly epoch: number
  readonly number: number
}

/**
 * What became of a revision. The API path compiles before it commits, so it publishes at once; a direct
 * SQL edit commits as `recorded` and the publisher compiles it afterwards.
 */
export type RevisionState = 'recorded' | 'published' | 'rejected'

export const compareRevisions = (a: Revision, b: Revision): number => a.epoch - b.epoch || a.number - b.number
