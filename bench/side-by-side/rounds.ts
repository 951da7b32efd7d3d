/** What the rounds told of one figure. */
export interface Spread {
  readonly median: number
  readonly least: number
  readonly most: number
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  const at = (index: number): number => sorted[index] ?? Number.NaN
  const median = sorted.length % 2 === 1 ? at(Math.floor(middle)) : (at(middle - 1) + at(middle)) / 2
  return { median, least: at(0), most: at(sorted.length - 1) }
}

/** Three rounds at least, for a median; after that no new one is begun once so much time has gone. */
export interface Rounds {
  readonly most: number
  readonly withinMs: number
}

const fewestRounds = 3

/**
 * One turn of each in every round, and another one first each time: what disturbs the machine for a while disturbs all of
 * them. Answers the turns of each, in the order of `all`; ratios are to be made within a round.
 */
export async function interleaved<Item, Turn>(
  all: readonly Item[],
  { most, withinMs }: Rounds,
  turn: (item: Item, round: number) => Promise<Turn>,
): Promise<readonly (readonly Turn[])[]> {
  const turns: Turn[][] = all.map(() => [])
  const begunAtMs = performance.now()
  const hasTime = (): boolean => performance.now() - begunAtMs < withinMs
  for (let round = 0; round < most && (round < fewestRounds || hasTime()); round++) {
    for (let place = 0; place < all.length; place++) {
      const index = (place + round) % all.length
      const item = all[index]
      if (item !== undefined) turns[index]?.push(await turn(item, round))
    }
  }
  return turns
}

/** As many as a form of a bench has time for: the long ones end within minutes also where the machine has other work. */
export const roundsOf = (long: boolean): Rounds =>
  long ? { most: 7, withinMs: 45_000 } : { most: fewestRounds, withinMs: 0 }

/** Of each round, the one over the other. */
export const ratioOf = (of: readonly number[], over: readonly number[]): Spread =>
  spreadOf(of.flatMap((value, round) => (over[round] === undefined ? [] : [value / over[round]])))

/** Of each round, the one less the other. */
export const differenceOf = (of: readonly number[], less: readonly number[]): Spread =>
  spreadOf(of.flatMap((value, round) => (less[round] === undefined ? [] : [value - less[round]])))
