import type uPlot from 'uplot'

/** A switch on a time axis, or the newest of several that stand on one place. */
export interface Mark {
  readonly id: string
  /** Unix milliseconds. */
  readonly at: number
  /** `use-case/clinical: Nova Pro → Nova Lite`. */
  readonly label: string
  readonly type: 'manual' | 'auto'
  /** Switches that it stands for. */
  readonly count: number
}

const nearPx = 8

/** The mark under the pointer; null = none is near. */
export function nearestMark(plot: uPlot, marks: readonly Mark[]): Mark | null {
  const left = plot.cursor.left ?? -1
  if (left < 0) return null
  let nearest: { readonly mark: Mark; readonly distance: number } | null = null
  for (const mark of marks) {
    const distance = Math.abs(plot.valToPos(mark.at / 1_000, 'x') - left)
    if (distance <= nearPx && (nearest === null || distance < nearest.distance)) nearest = { mark, distance }
  }
  return nearest?.mark ?? null
}
