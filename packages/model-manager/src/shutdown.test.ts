import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createCloudWatchStandIn, type CloudWatchStandIn } from '@pointsman/metrics/testing'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startVendors, type SimulatedVendors } from './testing/simulated-vendors.ts'

/** Agents' processes that end in each way that one does, and what CloudWatch has of them afterwards. */
const entry = fileURLToPath(new URL('./index.ts', import.meta.url))
const begin = `
import { ConfigurationManager, ModelManager } from ${JSON.stringify(entry)}
const config = new ConfigurationManager('dev', { text: 'projectPrefix: acme\\nagents: {}' })
const modelManager = new ModelManager(config)
const ask = () => modelManager.invokeModel({ agentName: 'sql_agent', messages: [{ role: 'user', content: 'Hello' }] })
for (let call = 0; call < 3; call++) await ask()
`

let vendors: SimulatedVendors
let cloudWatch: CloudWatchStandIn
let child: ChildProcess
let output = ''
beforeAll(async () => {
  vendors = await startVendors()
})
beforeEach(async () => {
  cloudWatch = await createCloudWatchStandIn()
  output = ''
})
afterEach(async () => {
  child.kill('SIGKILL')
  vendors.simulator.reset()
  await cloudWatch.close()
})
afterAll(() => vendors.simulator.close())

function start(code: string, added: NodeJS.ProcessEnv = {}): void {
  child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', `${begin}${code}`], {
    env: {
      PATH: process.env['PATH'],
      ...vendors.environment,
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_REGION: 'eu-central-1',
      AWS_ENDPOINT_URL_CLOUDWATCH: cloudWatch.url,
      ...added,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (output += text))
}

const ended = async (): Promise<string> => {
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  return signal ?? String(code)
}
const printed = (text: string): Promise<void> =>
  expect.poll(() => output, { timeout: 60_000 }).toContain(text)

test('a process that has nothing left to do publishes what waits and ends', async () => {
  start('')
  expect(await ended(), output).toBe('0')
  expect(cloudWatch.problems).toEqual([])
  expect(cloudWatch.sum('ModelInvocations', { Agent: 'sql_agent', Success: 'true' })).toBe(3)
  expect(cloudWatch.sum('ModelCost')).toBeGreaterThan(0)
})

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s in the midst of calls loses no metric, and ends the process',
  async (signal) => {
    vendors.simulator.script({ effect: { delayMs: 300 } })
    start(`
    for (let call = 0; call < 5; call++) ask().catch(() => undefined)
    setTimeout(() => console.log('under way'), 50)
    setInterval(() => undefined, 1_000)`)
    await printed('under way')
    child.kill(signal)
    expect(await ended(), output).toBe(signal)
    expect(cloudWatch.sum('ModelInvocations')).toBe(8)
  },
)

test('a signal that the program takes itself is left to it', async () => {
  start(`
    process.on('SIGTERM', async () => {
      await modelManager.close()
      console.log('closed by itself')
      process.exit(7)
    })
    console.log('ready')
    setInterval(() => undefined, 1_000)`)
  await printed('ready')
  child.kill('SIGTERM')
  expect(await ended(), output).toBe('7')
  expect(output).toContain('closed by itself')
  expect(cloudWatch.sum('ModelInvocations')).toBe(3)
})

test('the program may still ask at a signal that it takes itself, whether it listened before us or after', async () => {
  start(`
    process.once('SIGTERM', async () => {
      const answers = [await later.invokeModel({ agentName: 'sql_agent', messages: [{ role: 'user', content: 'Hello' }] }), await ask()]
      console.log(answers.map(({ success }) => success).join())
      await Promise.all([later.close(), modelManager.close()])
      process.exit(7)
    })
    const later = new ModelManager(config)
    console.log('ready')
    setInterval(() => undefined, 1_000)`)
  await printed('ready')
  child.kill('SIGTERM')
  expect(await ended(), output).toBe('7')
  expect(output).toContain('true,true')
  expect(cloudWatch.sum('ModelInvocations')).toBe(5)
})

test('beside a library that ends the process only where nobody else listens nothing is lost, and the next signal ends it', async () => {
  start(`
    const library = () => {
      if (process.listenerCount('SIGTERM') > 1) return
      process.off('SIGTERM', library)
      process.kill(process.pid, 'SIGTERM')
    }
    process.on('SIGTERM', library)
    console.log('ready')
    setInterval(() => undefined, 1_000)`)
  await printed('ready')
  child.kill('SIGTERM')
  await expect.poll(() => cloudWatch.sum('ModelInvocations'), { timeout: 60_000 }).toBe(3)
  const nextSignal = (): string | null => {
    child.kill('SIGTERM')
    return child.signalCode
  }
  await expect.poll(nextSignal, { timeout: 60_000 }).toBe('SIGTERM')
})

test('of two copies of the package neither takes the other for the program', async () => {
  const copy = new URL('./shutdown.ts?copy', import.meta.url).href
  start(`
    const { flushOnShutdown } = await import(${JSON.stringify(copy)})
    flushOnShutdown(async () => console.log('the copy, too'), async () => undefined)
    console.log('ready')
    setInterval(() => undefined, 1_000)`)
  await printed('ready')
  child.kill('SIGTERM')
  expect(await ended(), output).toBe('SIGTERM')
  expect(output).toContain('the copy, too')
  expect(cloudWatch.sum('ModelInvocations')).toBe(3)
})

test('a CloudWatch that hangs holds no call, and the end only for its time', async () => {
  cloudWatch.setMood('hangs')
  start(`console.log('answered', modelManager.getUsageSummary().totalInvocations)
    console.log('lost', (await modelManager.close(300)).lost)`)
  expect(await ended(), output).toBe('0')
  expect(output).toContain('answered 3')
  expect(output).toMatch(/lost 15/)
})

test('in Lambda metrics are lines of the log', async () => {
  start('', { AWS_LAMBDA_FUNCTION_NAME: 'agents' })
  expect(await ended(), output).toBe('0')
  const lines = output.split('\n').filter((line) => line.startsWith('{'))
  expect(lines).toHaveLength(3)
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    _aws: { CloudWatchMetrics: [{ Namespace: 'acme/Models' }, { Namespace: 'acme/Models' }] },
    Agent: 'sql_agent',
    ModelInvocations: 1,
  })
  expect(cloudWatch.calls()).toBe(0)
})
