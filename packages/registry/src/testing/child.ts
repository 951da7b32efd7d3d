import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface TestChild {
  readonly process: ChildProcess
  /** The next line that it prints; null when it has ended. */
  line(): Promise<string | null>
  /** Ends it at once, as a cut power line would end a process, and waits until it is gone. */
  kill(): Promise<void>
}

const registry = new URL('../', import.meta.url)

/** A process of its own that runs `script`, with `openEmbedded` and `migrate` at hand. */
export function startChild(script: string): TestChild {
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { openEmbedded } from '${new URL('embedded/index.ts', registry).href}'
       import { migrate } from '${new URL('migrate.ts', registry).href}'
       ${script}`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    process: child,
    line: async () => {
      const next = await lines.next()
      return next.done === true ? null : next.value
    },
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}
