/**
 * Every fault test has two forms with one invariant: the short one of CI (a few kills, seconds, small loads) and the
 * long one of `npm run soak`, with the loads that `docs/reliability.md` tells figures of.
 */
export const isSoak = process.env['POINTSMAN_SOAK'] === '1'

export const short = <Value>(inShort: Value, inLong: Value): Value => (isSoak ? inLong : inShort)

/** Of a test that only the long form runs: who reads that it was skipped reads why. */
export const inLongForm = (name: string): string =>
  isSoak ? name : `${name} (in the long form alone: npm run soak)`

/** A seed is printed by whoever draws from it; `POINTSMAN_SEED` plays a run again. */
export const seed = Number(process.env['POINTSMAN_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
