import { eventually, type RunningServer } from '../server.ts'

/** What a process holds, after its garbage was collected; bytes, and counts of what keeps its loop alive. */
export interface Holdings {
  readonly rss: number
  readonly heapUsed: number
  /** The bytes of buffers. */
  readonly arrayBuffers: number
  readonly resources: { readonly [kind: string]: number }
  /** Of the process itself. */
  readonly listeners: number
}

const said = (output: string): readonly string[] =>
  output.split('\n').filter((line) => line.startsWith('HOLDS '))

/** Asks a server that `watch.mjs` is preloaded into. */
export async function holdingsOf(server: RunningServer): Promise<Holdings> {
  const before = said(server.output()).length
  process.kill(server.pid, 'SIGUSR2')
  const lines = await eventually(
    () => Promise.resolve(said(server.output())),
    (all) => all.length > before && server.output().endsWith('\n'),
  )
  return JSON.parse((lines.at(-1) ?? '').slice('HOLDS '.length)) as Holdings
}
