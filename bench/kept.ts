import { readFile, writeFile } from 'node:fs/promises'
import type { Figure } from './bench.ts'

const place = new URL('kept.json', import.meta.url)
/** A machine that is busy, and a short form, are not this far off; what is has become slower. */
const tolerated = 2

/** The values in the tree. */
export async function readKept(): Promise<ReadonlyMap<string, number>> {
  return new Map(Object.entries(JSON.parse(await readFile(place, 'utf8')) as { [name: string]: number }))
}

/** What has become more than twice as dear as the tree says. */
export const againstKept = (
  figures: readonly Figure[],
  kept: ReadonlyMap<string, number>,
): readonly string[] =>
  figures.flatMap(({ name, unit, value }) => {
    const before = kept.get(name)
    return before === undefined || value <= before * tolerated
      ? []
      : [`${name}: ${value.toFixed(2)} ${unit}, and bench/kept.json says ${before.toFixed(2)}`]
  })

/** Replaces what is kept of these figures; others stay. */
export async function keep(figures: readonly Figure[]): Promise<void> {
  const ratios = figures.filter(({ isKept, value }) => isKept === true && Number.isFinite(value))
  const all = new Map([
    ...(await readKept()),
    ...ratios.map(({ name, value }) => [name, Number(value.toFixed(3))] as const),
  ])
  const sorted = Object.fromEntries([...all].sort(([one], [other]) => (one < other ? -1 : 1)))
  await writeFile(place, `${JSON.stringify(sorted, null, 2)}\n`)
}
