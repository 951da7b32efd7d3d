import { execFile } from 'node:child_process'
import { mkdir, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../../tools/free-port.ts'
import { nothingLeft, type Contestant } from './contestant.ts'
import { cores, familyOf, startPinned, waitForAnswer } from './processes.ts'

const version = '1.15.2'
const folder = join(tmpdir(), `pointsman-bench-portkey-${version}`)
const program = join(folder, 'node_modules/@portkey-ai/gateway/build/start-server.js')

/** The peer in the same language, installed beside this repository and not into it. Null where it cannot be had. */
export async function portkey(upstreamUrl: string, tell: (line: string) => void): Promise<Contestant | null> {
  try {
    await install(tell)
  } catch (error) {
    tell(
      `Portkey is left out, it cannot be installed: ${error instanceof Error ? error.message.slice(0, 300) : ''}`,
    )
    return null
  }
  const port = await freePort()
  const { hostname } = new URL(upstreamUrl)
  const process_ = startPinned([process.execPath, program, `--port=${port}`, '--headless'], {
    core: cores.measured,
    environment: { ...process.env, NODE_ENV: 'production', TRUSTED_CUSTOM_HOSTS: hostname },
  })
  const url = `http://127.0.0.1:${port}`
  await waitForAnswer(url, process_)
  return {
    name: `Portkey ${version}`,
    baseUrl: `${url}/v1`,
    headers: {
      authorization: 'Bearer sk-bench',
      'x-portkey-provider': 'openai',
      'x-portkey-custom-host': `${upstreamUrl}/v1`,
    },
    parts: [{ name: 'process', pids: familyOf(process_.pid) }],
    model: 'gpt-4o',
    settled: nothingLeft,
    stop: () => process_.stop(),
  }
}

async function install(tell: (line: string) => void): Promise<void> {
  if ((await stat(program).catch(() => null)) !== null) return
  tell(`installing Portkey ${version} into ${folder}`)
  await mkdir(folder, { recursive: true })
  await promisify(execFile)(
    'npm',
    [
      'install',
      '--prefix',
      folder,
      '--no-audit',
      '--no-fund',
      '--ignore-scripts',
      `@portkey-ai/gateway@${version}`,
    ],
    { timeout: 180_000 },
  )
}
