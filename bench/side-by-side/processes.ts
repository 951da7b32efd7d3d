import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/**
 * Who carries requests has a core of its own; whoever asks and answers shares another, with what works on records after the
 * answers. On a machine with one core both are the
 * same, and only the processor time still says something.
 */
export const cores = { load: 0, measured: availableParallelism() > 1 ? 1 : 0 } as const

/** Moves a running process, all its threads, to another core; what it starts from then on stays there. */
export function moveTo(core: number, pids: readonly number[]): void {
  for (const pid of pids)
    execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', String(core), String(pid)], {
      stdio: 'ignore',
    })
}

export interface StartedProcess {
  readonly pid: number
  /** Everything that it printed so far. */
  readonly output: () => string
  stop(): Promise<void>
}

export interface StartOptions {
  /** Null = all of them. */
  readonly core: number | null
  readonly environment?: NodeJS.ProcessEnv
  readonly cwd?: string
  /** SIGTERM unless named. */
  readonly stopSignal?: NodeJS.Signals
}

/** Starts a program on one core (all that it starts stays there). It ends with `stop`, at the latest ten seconds later. */
export function startPinned(command: readonly string[], options: StartOptions): StartedProcess {
  const { core, cwd, environment, stopSignal = 'SIGTERM' } = options
  const [program = '', ...rest] =
    core === null ? command : ['taskset', '--cpu-list', String(core), ...command]
  const child = spawn(program, rest, {
    cwd,
    env: environment ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.on('error', (error) => (output += error.message))
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-20_000)))
  return { pid: child.pid ?? 0, output: () => output, stop: () => stop(child, stopSignal) }
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const ended = once(child, 'exit')
  child.kill(signal)
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await ended
  clearTimeout(late)
}

export interface RunOptions extends StartOptions {
  /** Hears what it prints, as it comes. */
  readonly onPrinted?: (text: string) => void
}

/** Runs a program to its end and answers what it printed. Rejects where it fails. */
export async function runPinned(command: readonly string[], options: RunOptions): Promise<string> {
  const [program = '', ...rest] = command
  const child = spawn('taskset', ['--cpu-list', String(options.core), program, ...rest], {
    env: options.environment ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [printed, problems] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text
    options.onPrinted?.(text)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (problems += text))
  await once(child, 'close')
  if (child.exitCode !== 0) throw new Error(`${command.join(' ')} failed: ${problems || printed}`)
  return printed
}

/** Waits until something answers there. */
export async function waitForAnswer(url: string, from: StartedProcess, withinMs = 60_000): Promise<void> {
  const deadline = Date.now() + withinMs
  for (;;) {
    const answer = await fetch(url).catch(() => null)
    await answer?.arrayBuffer()
    if (answer !== null && answer.status !== 503) return
    if (Date.now() > deadline) throw new Error(`nothing answers at ${url}:\n${from.output()}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** A process and all below it. */
export function familyOf(pid: number): readonly number[] {
  const family = [pid]
  for (const member of family) {
    const tasks = read(() => readdirSync(`/proc/${member}/task`)) ?? []
    for (const task of tasks) {
      const children = read(() => readFileSync(`/proc/${member}/task/${task}/children`, 'utf8')) ?? ''
      family.push(...children.split(' ').filter(Boolean).map(Number))
    }
  }
  return family
}

/** Its name as `ps` shows it: Node's `process.title`, nginx's `nginx: worker process`. */
export const titleOf = (pid: number): string =>
  read(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
    ?.replaceAll('\0', ' ')
    .trim() ?? ''

/**
 * Microseconds of processor time that its threads have used, those of a pool too; user and system together. From the
 * scheduler's own count, in nanoseconds: `/proc/PID/stat` counts ticks of 10 ms.
 */
export function processorUs(pids: readonly number[]): number {
  let nanoseconds = 0
  for (const pid of pids) {
    for (const task of read(() => readdirSync(`/proc/${pid}/task`)) ?? []) {
      const text = read(() => readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8')) ?? '0'
      nanoseconds += Number(text.split(' ')[0])
    }
  }
  return nanoseconds / 1_000
}

/** Megabytes in memory, now and at most so far. Pages that several share count for each. */
export function memoryMb(pids: readonly number[]): { readonly now: number; readonly peak: number } {
  let [now, peak] = [0, 0]
  for (const pid of pids) {
    const text = read(() => readFileSync(`/proc/${pid}/status`, 'utf8')) ?? ''
    now += kilobytes(text, 'VmRSS') / 1_024
    peak += kilobytes(text, 'VmHWM') / 1_024
  }
  return { now, peak }
}

const kilobytes = (status: string, name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0)

/** Null where it ended between two looks. */
function read<Value>(look: () => Value): Value | null {
  try {
    return look()
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH'))
      return null
    throw error
  }
}
