import { PointsmanError } from '@pointsman/contract'
import type { StreamFrame } from './dialect.ts'

/**
 * A damaged frame, with the whole ones before it that the same read brought: they came, and are not lost with it. How many
 * share a read is the network's affair, and an answer must not end sooner or later by that.
 */
export class DamagedStream extends PointsmanError {
  readonly frames: readonly StreamFrame[]

  constructor(frames: readonly StreamFrame[], error: PointsmanError) {
    super(error.code, error.message, { cause: error })
    this.frames = frames
  }
}

/** Reads each frame of a read as it is cut out of it. Throws `DamagedStream` for a damaged one. */
export function readAsCut<Raw>(
  cut: (take: (raw: Raw) => void) => void,
  read: (raw: Raw) => StreamFrame,
): readonly StreamFrame[] {
  const frames: StreamFrame[] = []
  try {
    cut((raw) => void frames.push(read(raw)))
  } catch (thrown) {
    // Any other error than one of a vendor's bytes is a fault of ours and stays what it is.
    throw thrown instanceof PointsmanError ? new DamagedStream(frames, thrown) : thrown
  }
  return frames
}

/** The same of frames that were cut already. */
export const readEach = <Raw>(raw: readonly Raw[], read: (raw: Raw) => StreamFrame): readonly StreamFrame[] =>
  readAsCut<Raw>((take) => {
    for (const one of raw) take(one)
  }, read)
