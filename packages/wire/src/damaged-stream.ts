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

/** What is thrown in place of an error of a vendor's bytes; any other is a fault of ours and stays what it is. */
export const damagedAfter = (frames: readonly StreamFrame[], thrown: unknown): unknown =>
  thrown instanceof PointsmanError ? new DamagedStream(frames, thrown) : thrown

/** Reads each frame of a read. Throws `DamagedStream` for a damaged one. */
export function readEach<Raw>(raw: readonly Raw[], read: (raw: Raw) => StreamFrame): readonly StreamFrame[] {
  const frames: StreamFrame[] = []
  try {
    for (const one of raw) frames.push(read(one))
  } catch (thrown) {
    throw damagedAfter(frames, thrown)
  }
  return frames
}
