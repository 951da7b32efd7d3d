import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { connect, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createServer as createTlsServer, type Server } from 'node:tls'
import { startSimulator, type SimulatedModel, type Simulator } from '@pointsman/simulator'
import { afterAll, beforeAll, expect, test } from 'vitest'
import catalogue from '../catalogue/models.json' with { type: 'json' }
import { testCertificate } from '../packages/engine/src/testing/certificate.ts'
import { startConnectProxy, type ConnectProxy } from '../packages/engine/src/testing/connect-proxy.ts'
import {
  api,
  cleanEnvironment,
  eventually,
  removeFolder,
  root,
  startServer,
  temporaryFolder,
  type RunningServer,
} from './server.ts'

const nova = 'eu.amazon.nova-lite-v1:0'
const password = 'geheim'

let simulator: Simulator
/** `vendor.test`: the simulator within TLS, by a certificate that nobody knows by himself. */
let secure: Server
let proxy: ConnectProxy
let folder: string
let environment: Record<string, string>
let server: RunningServer
beforeAll(async () => {
  simulator = await startSimulator({
    models: catalogue.models as readonly SimulatedModel[],
    latency: { firstTokenMs: 5, perTokenMs: 0 },
  })
  const plainPort = Number(new URL(simulator.url).port)
  secure = createTlsServer(testCertificate, (socket) => {
    const beyond = connect(plainPort, '127.0.0.1')
    socket.on('error', () => beyond.destroy()).pipe(beyond)
    beyond.on('error', () => socket.destroy()).pipe(socket)
  })
  secure.listen(0, '127.0.0.1')
  await once(secure, 'listening')
  const securePort = (secure.address() as AddressInfo).port
  proxy = await startConnectProxy({
    credentials: `user:${password}`,
    portOf: (target) => (target.endsWith(':443') ? securePort : plainPort),
  })
  folder = await temporaryFolder()
  await writeFile(join(folder, 'company.pem'), testCertificate.cert)
  await writeFile(join(folder, 'token'), 'a.web.identity')
  const named = `http://user:${password}@127.0.0.1:${proxy.port}`
  environment = {
    POINTSMAN_WORKERS: '1',
    HTTPS_PROXY: named,
    HTTP_PROXY: named,
    NODE_EXTRA_CA_CERTS: join(folder, 'company.pem'),
    AWS_BEARER_TOKEN_BEDROCK: 'any',
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: 'http://bedrock.test',
    OPENAI_BASE_URL: 'https://vendor.test/v1',
    OPENAI_API_KEY: 'any',
    // A secret, for which a role's token is needed first.
    POINTSMAN_SECRETS_MANAGER: 'on',
    AWS_REGION: 'eu-central-1',
    AWS_ROLE_ARN: 'arn:aws:iam::111122223333:role/pointsman',
    AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, 'token'),
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces.test/v1/traces',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '50',
  }
  server = await startServer({ command: 'serve', environment })
}, 180_000)
afterAll(async () => {
  await server.kill('SIGTERM')
  proxy.close()
  secure.close()
  await simulator.close()
  await Promise.all([server.dataDir, folder].map(removeFolder))
})

const chat = (model: string) =>
  api<{ readonly choices?: unknown; readonly error?: { readonly message: string } }>(
    server,
    '/v1/chat/completions',
    { body: { model, messages: [{ role: 'user', content: 'Hello' }] } },
  )

const asked = (): ReadonlySet<string> => new Set(proxy.asked.map(({ target }) => target))

test('a server behind a proxy reaches vendors, AWS and receivers by it, and says so without its password', async () => {
  await expect
    .poll(() => server.output())
    .toContain(`Proxy        http://127.0.0.1:${proxy.port} (HTTPS_PROXY)`)
  for (const model of [nova, 'gpt-4o']) expect((await chat(model)).status, model).toBe(200)
  expect(proxy.asked.filter(({ target }) => target === 'bedrock.test:80')).toHaveLength(1)
  const beside = ['sts.eu-central-1.amazonaws.com:443', 'traces.test:443']
  const all = await eventually(
    async () => asked(),
    (seen) => beside.every((target) => seen.has(target)),
  )
  expect([...all].toSorted()).toEqual(['bedrock.test:80', ...beside, 'vendor.test:443'])
  expect(server.output()).not.toContain(password)
  expect(server.output()).not.toContain(Buffer.from(`user:${password}`).toString('base64'))
})

/** What doctor finds, by the names of its checks. */
function doctor(changed: Readonly<Record<string, string>>): Promise<ReadonlyMap<string, string>> {
  return new Promise((resolve, reject) => {
    const main = join(root, 'packages/pointsman/src/main.ts')
    const env = cleanEnvironment({ ...environment, ...changed })
    execFile(
      process.execPath,
      [main, 'doctor', '--json', '--data-dir', folder],
      { env, cwd: root },
      (_error, out, err) => {
        try {
          const { findings } = JSON.parse(out) as {
            findings: { check: string; state: string; found: string }[]
          }
          resolve(new Map(findings.map(({ check, found, state }) => [check, `${state}: ${found}`])))
        } catch {
          reject(new Error(`doctor said ${out}${err}`))
        }
      },
    )
  })
}

test('doctor says which proxy is used, whether it lets Bedrock be called, and what it refuses', async () => {
  const good = await doctor({})
  const shown = `http://127.0.0.1:${proxy.port}`
  expect(good.get('proxy')).toBe(`ok: https by ${shown} (HTTPS_PROXY), http by ${shown} (HTTP_PROXY)`)
  expect(good.get('way to bedrock')).toBe('ok: bedrock.test answers')
  expect(good.get('openai credentials')).toBe('ok: taken')
  const wrong = await doctor({ HTTPS_PROXY: `http://user:wrong-one@127.0.0.1:${proxy.port}` })
  expect(wrong.get('openai credentials')).toMatch(
    /^problem: vendor\.test cannot be reached \(The proxy .* answered 407 .* user and password in HTTPS_PROXY/,
  )
  expect([...wrong.values()].join('\n')).not.toMatch(/wrong-one|geheim/)
})

test('a proxy that dies is a vendor that cannot be reached; the error names the proxy', async () => {
  proxy.close()
  const { body, status } = await chat(nova)
  expect(status).toBe(502)
  expect(body.error?.message).toContain(`The proxy http://127.0.0.1:${proxy.port} cannot be used`)
  expect(body.error?.message).not.toContain(password)
})
