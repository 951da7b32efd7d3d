import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { cleanEnvironment, root } from '../../server.ts'

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The command line as a user runs it, to its end. */
export function pointsman(
  words: readonly string[],
  environment: { readonly [name: string]: string } = {},
): Promise<Ran> {
  const child = spawn(process.execPath, [join(root, 'packages/pointsman/src/main.ts'), ...words], {
    cwd: root,
    env: cleanEnvironment(environment),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })))
}
