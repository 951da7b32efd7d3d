import { PointsmanError } from '@pointsman/contract'

/** A resource's ETag is the number of the revision that changed it last; where none does, the time of that change, or a digest. */
export const entityTag = (revision: number): string => `"${revision}"`

/** Whether `If-None-Match` names this tag: the caller has what would be answered. */
export const isNamed = (etag: string, sent: string | null): boolean =>
  sent !== null &&
  sent.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag)

/** The revision in `If-Match`; null = no condition (absent or `*`). Throws PointsmanError `invalid_request`. */
export function readIfMatch(headers: Headers): number | null {
  const sent = headers.get('if-match')?.trim() ?? '*'
  if (sent === '*') return null
  const match = /^(?:W\/)?"?(\d{1,15})"?$/.exec(sent)
  if (match === null) {
    throw new PointsmanError(
      'invalid_request',
      'If-Match should be the ETag of an earlier answer, e.g. If-Match: "42".',
      { field: 'If-Match' },
    )
  }
  return Number(match[1])
}

/** Whoever sends one counts on it: passed over in silence it would let them write over somebody else's change. */
export function refuseIfMatch(headers: Headers): void {
  if ((headers.get('if-match')?.trim() ?? '*') === '*') return
  throw new PointsmanError(
    'invalid_request',
    'What this changes has no ETag, so that If-Match cannot be held. Leave it out.',
    { field: 'If-Match' },
  )
}

/** Throws PointsmanError `stale` with the present ETag unless the caller's condition still holds. */
export function requireFresh(ifMatch: number | null, present: number, what: string): void {
  if (ifMatch === null || ifMatch === present) return
  throw new PointsmanError(
    'stale',
    `${what} was changed since you read it: you named revision ${ifMatch}, it is at ${present}. Read it again and repeat the change.`,
    { data: { etag: entityTag(present), revision: present } },
  )
}

/** The same of a tag that is no revision: its numbers would tell a reader nothing. Throws PointsmanError `stale`. */
export function requireUnchanged(ifMatch: number | null, present: number, what: string): void {
  if (ifMatch === null || ifMatch === present) return
  throw new PointsmanError(
    'stale',
    `${what} was changed since you read it. Read it again and repeat the change.`,
    { data: { etag: entityTag(present) } },
  )
}
