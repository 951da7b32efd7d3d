import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface ShellSession {
  /** Runs one block and answers what it printed, both streams in their order. Rejects when a command of it failed. */
  run(block: string): Promise<string>
  close(): Promise<void>
}

/**
 * One `sh` in which blocks run one after the other, as a reader pastes them into one terminal: what a block exports or
 * names stays. A failing command ends it.
 */
export function openShell(
  folder: string,
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): ShellSession {
  const shell = spawn('sh', ['-e'], { ...options, stdio: ['pipe', 'pipe', 'pipe'] })
  let printed = ''
  let wake = (): void => undefined
  for (const stream of [shell.stdout, shell.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text
      wake()
    })
  // Written to after its end: the failure is told by `run`.
  shell.stdin.on('error', () => {
    wake()
  })
  const ended = once(shell, 'close').then(() => {
    wake()
  })
  return {
    async run(block) {
      const mark = randomUUID()
      const file = join(folder, `${mark}.sh`)
      await writeFile(file, `${block}\n`)
      printed = ''
      // From a file, so that a command that reads its standard input cannot swallow what comes next.
      shell.stdin.write(`. '${file}' </dev/null 2>&1\nprintf '%s\\n' ${mark}\n`)
      for (;;) {
        const end = printed.indexOf(`${mark}\n`)
        if (end !== -1) return printed.slice(0, end)
        if (shell.exitCode !== null || shell.signalCode !== null)
          throw new Error(`exit code ${String(shell.exitCode ?? shell.signalCode)}:\n${block}\n${printed}`)
        await new Promise<void>((resolve) => {
          wake = resolve
          if (shell.exitCode !== null) resolve()
        })
      }
    },
    async close() {
      shell.stdin.end()
      await ended
    },
  }
}
