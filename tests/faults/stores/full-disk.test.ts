import { execFileSync } from 'node:child_process'
import { statfsSync } from 'node:fs'
import { open, readFile, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, test } from 'vitest'
import { api, eventually, removeFolder, startServer, temporaryFolder } from '../../server.ts'
import { reportFigure } from '../figures.ts'
import { short } from '../form.ts'
import { steadyLoad, type Seen, type SteadyLoad } from './steady-load.ts'

/** A file system of its own, which can be filled without harm to anybody; null where this user may not mount one. */
const megabyte = 1_048_576
const folder = await temporaryFolder()
const mounted = mount()
if (!mounted) process.stdout.write('T41: skipped, this user may not mount a file system of its own\n')
afterAll(async () => {
  if (mounted) execFileSync('umount', ['-l', folder])
  await removeFolder(folder)
})

function mount(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=480m', 'tmpfs', folder], { stdio: 'ignore' })
    return true
  } catch {
    // That it may not is the answer.
    return false
  }
}

const free = (): number => {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}

/** Takes what there is but for so much, as the log of somebody else would. */
async function fill(file: FileHandle, leave: number): Promise<void> {
  const piece = Buffer.alloc(megabyte)
  while (free() > leave) {
    const { bytesWritten } = await file
      .write(piece, 0, Math.min(piece.length, free() - leave))
      .catch(() => ({ bytesWritten: 0 }))
    if (bytesWritten === 0) return
  }
}

/** Processor seconds that a process has used. */
async function processorSeconds(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ').at(-1)?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}

// A file system of its own is root's to mount, as CI's user is.
describe.runIf(mounted)('T41: a disk', () => {
  test(
    'T41: nearly full is refused early, full harms nothing, and with room again it goes on by itself',
    { timeout: 300_000 },
    async () => {
      const server = await startServer({ dataDir: join(folder, 'data') })
      const target = { url: server.url, key: server.key, model: 'use-case/clinical' }
      const begin = (): SteadyLoad => steadyLoad(target, { clients: 2, pauseMs: 30 })
      let load = begin()
      const seen: Seen[] = []
      const settle = async (ms: number): Promise<readonly Seen[]> => {
        await sleep(ms)
        const taken = load.take()
        seen.push(...taken)
        return taken
      }
      await settle(1_000)
      const filler = await open(join(folder, 'somebody-elses.log'), 'w')

      // Between the reserve and nothing: refused before anything fails.
      await fill(filler, 150 * megabyte)
      await settle(3_000)
      const early = await settle(1_000)
      expect(new Set(early.map(({ status }) => status))).toEqual(new Set([503]))
      expect(early[0]?.problem).toMatch(/disk of this server is nearly full/)
      const refused = await api<{ error: { code: string } }>(server, '/api/v1/switches', {
        body: { modelId: 'eu.amazon.nova-pro-v1:0', useCase: 'health' },
      })
      expect([refused.status, refused.body.error.code]).toEqual([503, 'storage_full'])
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
      const ready = await api<{ notes: readonly string[] }>(server, '/readyz')
      expect([ready.status, ready.body.notes.join(' ')]).toEqual([503, expect.stringMatching(/journal|disk/)])

      // Nothing left at all: it lives, reads, and does not spin. What it does of itself is measured, not what it is asked.
      await fill(filler, 0)
      await settle(1_000)
      seen.push(...(await load.stop()))
      const before = await processorSeconds(server.pid)
      const spanMs = short(3_000, 30_000)
      await sleep(spanMs)
      const share = (await processorSeconds(server.pid)) - before
      expect(share / (spanMs / 1_000)).toBeLessThan(0.8)
      expect((await api(server, '/healthz')).status).toBe(200)
      expect((await api(server, '/api/v1/switches?limit=1')).status).toBe(200)

      load = begin()
      await settle(1_000)
      await filler.close()
      await rm(join(folder, 'somebody-elses.log'))
      const roomAt = performance.now()
      const back = await eventually(
        () => settle(250),
        (some) => some.some(({ status }) => status === 200),
      )
      const backMs = performance.now() - roomAt
      expect(back.some(({ status }) => status === 200)).toBe(true)
      seen.push(...(await load.stop()))
      expect(seen.filter(({ status }) => status !== 200 && status !== 503)).toEqual([])
      const answered = seen.filter(({ status }) => status === 200).length
      const counted = await eventually(
        async () => {
          const { body } = await api<{ data: readonly { requests: number }[] }>(
            server,
            '/api/v1/usage?groupBy=model',
          )
          return body.data.reduce((sum, row) => sum + row.requests, 0)
        },
        (count) => count >= answered,
      )
      expect(counted).toBeGreaterThanOrEqual(answered)
      expect((await api(server, '/api/v1/switches/verify')).body).toMatchObject({ valid: true })
      expect(await server.kill('SIGTERM')).toBe(0)
      reportFigure(
        'T41',
        `${answered} answered and recorded, ${seen.length - answered} refused with 503, ${Math.round((share / spanMs) * 100_000)} % of a processor while the disk was full, served again ${Math.round(backMs)} ms after there was room`,
      )
    },
  )
})
