/** The same numbers at each run, so that pictures change where the console does. Mulberry32. */
export function createChance(seed: number) {
  let state = seed
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  return {
    /** 0 … 1. */
    next,
    /** Around 1, most within a factor of e^spread, some far above: as latencies are. */
    skewed: (spread: number): number =>
      Math.exp(spread * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())),
    below: (end: number): number => Math.floor(next() * end),
  }
}
