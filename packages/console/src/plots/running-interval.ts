type Values = readonly (number | null)[]

interface Time {
  /** The begin of each interval, Unix milliseconds. */
  readonly instants: readonly number[]
  /** What is shown ends here: now. */
  readonly to: number
}

/** Of an interval that is not over only a part is counted: drawn like the others it would look as if everything stopped. */
export function hasRunning({ instants, to }: Time): boolean {
  const [first, second] = instants
  const last = instants.at(-1)
  if (first === undefined || second === undefined || last === undefined) return false
  return last + (second - first) > to
}

/** Without the interval that is still running. */
export const wholeOf = (values: Values, time: Time): (number | null)[] =>
  hasRunning(time) ? [...values.slice(0, -1), null] : [...values]

/** From the last whole interval to the one that is still running. */
export const runningOf = (values: Values, time: Time): (number | null)[] =>
  values.map((value, index) => (hasRunning(time) && index >= values.length - 2 ? value : null))
