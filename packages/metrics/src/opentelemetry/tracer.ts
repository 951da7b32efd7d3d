import { readTraceparent, type TraceContext } from '@pointsman/contract'
import type { OtelConfiguration } from './configuration.ts'

/** Where a request stands in its trace, from the headers that it came with. */
export type Tracer = (traceparent: string | undefined, tracestate: string | undefined) => TraceContext

/** The specification lets longer ones be dropped. */
const longestState = 512

/** @param randomHex so many random characters of lower-case hexadecimal. */
export function createTracer(
  { sampler }: Pick<OtelConfiguration, 'sampler'>,
  randomHex: (characters: number) => string,
): Tracer {
  const decides = (traceId: string): boolean => {
    if (sampler.name === 'traceidratio') return isWithin(traceId, sampler.ratio)
    return sampler.name === 'always_on'
  }
  return (traceparent, tracestate) => {
    const parent = traceparent === undefined ? null : readTraceparent(traceparent.trim())
    const traceId = parent?.traceId ?? randomHex(32)
    const hasState = parent !== null && tracestate !== undefined && tracestate.length <= longestState
    return {
      traceId,
      spanId: randomHex(16),
      parentSpanId: parent?.spanId ?? null,
      sampled: parent !== null && sampler.parentBased ? parent.sampled : decides(traceId),
      state: hasState ? tracestate : null,
    }
  }
}

/** By the id's last 52 bits, of those that the specification wants to be random: all who sample by ratio agree. */
const isWithin = (traceId: string, ratio: number): boolean =>
  Number.parseInt(traceId.slice(-13), 16) < ratio * 2 ** 52
