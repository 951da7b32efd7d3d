import { afterAll, expect, test } from 'vitest'
import { api, removeFolder, startServer, temporaryFolder } from '../../server.ts'
import { reportFigure } from '../figures.ts'
import { short } from '../form.ts'
import { pointsman } from './run-pointsman.ts'

const dataDir = await temporaryFolder()
afterAll(() => removeFolder(dataDir))

test('T47: a second process on a data folder is refused at once and told whose it is; after kill -9 it starts again at once', async () => {
  const firstAt = performance.now()
  const first = await startServer({ dataDir })
  const firstMs = performance.now() - firstAt
  // What starting Node and reading the program takes here.
  const nothingAt = performance.now()
  await pointsman(['--help'])
  const nothingMs = performance.now() - nothingAt
  const secondAt = performance.now()
  const second = await pointsman(['serve', '--port', '0', '--data-dir', dataDir])
  const refusedMs = performance.now() - secondAt - nothingMs
  expect(second.code).toBe(1)
  expect(second.stderr).toContain(`process ${first.pid}`)
  // Where the machine is busy with other things, by as much longer as Node alone takes.
  expect(refusedMs).toBeLessThan(Math.max(short(15_000, 1_000), 2 * nothingMs))
  expect((await api(first, '/readyz')).status).toBe(200)

  await api(first, '/api/v1/switches', { body: { modelId: 'eu.amazon.nova-pro-v1:0', useCase: 'health' } })
  await first.kill('SIGKILL')
  const againAt = performance.now()
  const again = await startServer({ dataDir })
  const againMs = performance.now() - againAt
  expect(againMs).toBeLessThan(Math.max(short(60_000, 5_000), firstMs))
  const { body } = await api<{ data: readonly { toId: string }[] }>(again, '/api/v1/switches?limit=1')
  expect(body.data[0]?.toId).toBe('eu.amazon.nova-pro-v1:0')
  expect(await again.kill('SIGTERM')).toBe(0)
  reportFigure(
    'T47',
    `refused after ${Math.max(0, Math.round(refusedMs))} ms, started again ${Math.round(againMs)} ms after kill -9 (Node and the program alone take ${Math.round(nothingMs)} ms)`,
  )
})
