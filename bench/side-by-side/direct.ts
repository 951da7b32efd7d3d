import { nothingLeft, type Contestant } from './contestant.ts'

/** Nobody in between: what the machine, the load and the upstream take by themselves. */
export const direct = (upstreamUrl: string): Contestant => ({
  name: 'direct',
  baseUrl: `${upstreamUrl}/v1`,
  headers: {},
  parts: [],
  model: 'gpt-4o',
  settled: nothingLeft,
  stop: () => Promise.resolve(),
})
