import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makeCluster, onServer, type Cluster } from './postgres-for-tests.ts'

/** A PostgreSQL server of one test alone, which breaks it. */
export interface OwnPostgres {
  /** Of its database `postgres`. */
  readonly url: string
  /** Connections are ended, nobody listens; answers once it is so. */
  stop(): Promise<void>
  start(): Promise<void>
  /** All its processes stand still: connections stay, nothing answers. */
  freeze(): Promise<void>
  /** Answers once it commits again, however long the machine needs for that. */
  thaw(): Promise<void>
  run(sql: string): Promise<unknown>
  end(): Promise<void>
}

/** Null where this machine has no PostgreSQL. Runs under the settings of tests, and these. */
export async function startOwnPostgres(settings: readonly string[] = []): Promise<OwnPostgres | null> {
  const cluster = await makeCluster(settings)
  if (cluster === null) return null
  const server = new Breakable(cluster)
  await server.start()
  return server
}

// A test run that is killed must not leave a server: its end of the pipe closes, and the shell ends it. Not in order,
// which frozen processes would never come to. The folder stays where the test itself has stopped the server.
const script = `exec 3<&0
"$@" & server=$!
{ cat >/dev/null; kill -CONT $server; kill -QUIT $server; } <&3 2>/dev/null & watch=$!
wait $server
[ -e "$PWD/stopped" ] || rm -rf "$PWD"
kill $watch 2>/dev/null`

class Breakable implements OwnPostgres {
  readonly url: string
  readonly #cluster: Cluster
  #shell: ChildProcess | null = null

  constructor(cluster: Cluster) {
    this.#cluster = cluster
    this.url = cluster.url
  }

  async start(): Promise<void> {
    const { command, place } = this.#cluster
    await rm(join(place.cwd, 'stopped'), { force: true })
    const shell = spawn('/bin/sh', ['-c', script, 'keeper', ...command], {
      ...place,
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    this.#shell = shell
    const deadline = Date.now() + 60_000
    for (;;) {
      try {
        return await onServer(this.url, () => Promise.resolve())
      } catch (error) {
        if (shell.exitCode !== null || Date.now() > deadline) throw error
      }
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  async stop(): Promise<void> {
    const shell = this.#shell
    if (shell === null) return
    this.#shell = null
    await this.#cluster.mark('stopped')
    const ended = once(shell, 'exit')
    process.kill(await this.#postmaster(), 'SIGINT')
    await ended
    shell.stdin?.end()
  }

  async freeze(): Promise<void> {
    await this.#signal('SIGSTOP')
  }

  async thaw(): Promise<void> {
    await this.#signal('SIGCONT')
    await this.run('CREATE TABLE thawed (); DROP TABLE thawed')
  }

  run(sql: string): Promise<unknown> {
    return onServer(this.url, (client) => client.query(sql))
  }

  async end(): Promise<void> {
    if (this.#shell !== null) await this.#signal('SIGCONT')
    await this.stop()
    await rm(this.#cluster.place.cwd, { recursive: true, force: true })
  }

  /** The postmaster first, so that it makes no new one meanwhile. */
  async #signal(signal: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    const postmaster = await this.#postmaster()
    process.kill(postmaster, signal)
    const told = new Set<number>()
    for (;;) {
      // One that was being made when the signal came is seen the next time.
      const others = (await childrenOf(postmaster)).filter((pid) => !told.has(pid))
      if (others.length === 0) return
      for (const pid of others) {
        told.add(pid)
        try {
          process.kill(pid, signal)
        } catch (error) {
          // It has ended by itself meanwhile.
          if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
        }
      }
    }
  }

  async #postmaster(): Promise<number> {
    const pid = Number(
      (await readFile(join(this.#cluster.place.cwd, 'data/postmaster.pid'), 'utf8')).split('\n')[0],
    )
    if (!(pid > 1)) throw new Error('the server has no pid')
    return pid
  }
}

async function childrenOf(parent: number): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
      return Number(stat.split(') ').at(-1)?.split(' ')[1]) === parent ? [Number(pid)] : []
    }),
  )
  return found.flat()
}
