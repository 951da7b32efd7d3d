import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { root } from '../server.ts'
import { isSoak } from './form.ts'
import type { PromiseId } from './promises.ts'

/** Where the long form keeps its last figures, one file a promise. */
export const figuresFolder = join(root, 'docs/figures')

export interface Figure {
  readonly text: string
  /** `YYYY-MM-DD`. */
  readonly measuredOn: string
  readonly cores: number
}

/** Prints what a test measured; the long form also keeps it for `docs/reliability.md` (`npm run soak:table`). */
export function reportFigure(id: PromiseId, text: string): void {
  process.stdout.write(`${id}: ${text}\n`)
  if (!isSoak) return
  const figure: Figure = {
    text,
    measuredOn: new Date().toISOString().slice(0, 10),
    cores: availableParallelism(),
  }
  mkdirSync(figuresFolder, { recursive: true })
  writeFileSync(join(figuresFolder, `${id}.json`), `${JSON.stringify(figure, null, 2)}\n`)
}

/** The smallest value that so many of them do not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN
}
