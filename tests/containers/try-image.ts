import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { strictEqual, ok, match } from 'node:assert/strict'
import { freePort } from '../../tools/free-port.ts'

/*
 * `node try-image.ts ROOT INSPECTION`: runs an image's own entry point, environment and user on its own files, which cannot
 * be written, with one folder mounted that an orchestrator made (owned by root, written through its group), and asks it
 * what an operator would.
 */
const [root = '', inspection = ''] = process.argv.slice(2)
interface Config {
  readonly User: string
  readonly Env: readonly string[]
  readonly Entrypoint: readonly string[]
  readonly Cmd: readonly string[]
  readonly Healthcheck: { readonly Test: readonly string[] }
}
const { config } = (JSON.parse(await readFile(inspection, 'utf8')) as { Docker: { config: Config } }).Docker
const port = await freePort()
const data = await mkdtemp(join(tmpdir(), 'pointsman-image-'))
await chmod(data, 0o777)

/** In a mount namespace of its own: all but `/data` and `/tmp` is read-only. Each step becomes the next, so that signals reach it. */
const enter = `
  mount --make-rprivate / && mount --bind "$ROOT" "$ROOT" && mount -o remount,bind,ro "$ROOT" &&
  mount --bind "$DATA" "$ROOT/data" && mount -t tmpfs tmpfs "$ROOT/tmp" &&
  mount -t proc proc "$ROOT/proc" && mount --rbind /dev "$ROOT/dev" &&
  exec /usr/sbin/chroot --userspec="$OWNER" --groups= "$ROOT" "$@"`

/** A process in the image, as the image's user. */
function inImage(command: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const own = config.Env.map((variable): readonly [string, string] => {
    const at = variable.indexOf('=')
    return [variable.slice(0, at), variable.slice(at + 1)]
  })
  return spawn('/usr/bin/unshare', ['--mount', '/bin/sh', '-c', enter, 'sh', ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Container engines set HOME for a user that the image does not name.
    env: {
      HOME: '/',
      ...Object.fromEntries<string>(own),
      ...environment,
      ROOT: root,
      DATA: data,
      OWNER: config.User,
    },
  })
}

async function codeOf(command: readonly string[]): Promise<number | null> {
  const [code] = (await once(inImage(command, { POINTSMAN_PORT: String(port) }), 'exit')) as [number | null]
  return code
}

const health = config.Healthcheck.Test.slice(1)
strictEqual(config.Healthcheck.Test[0], 'CMD')
strictEqual(await codeOf(health), 1, 'a container without a server is healthy')

async function serves(answers: (url: string, key: string) => Promise<void>, ...words: readonly string[]) {
  const key = 'pm_service_of_the_image_test_0123456789'
  const server = inImage([...config.Entrypoint, ...(words.length > 0 ? words : config.Cmd)], {
    POINTSMAN_PORT: String(port),
    POINTSMAN_SERVICE_KEY: key,
  })
  let said = ''
  for (const stream of [server.stdout, server.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text))
  const url = `http://127.0.0.1:${port}`
  const ended = once(server, 'exit')
  try {
    for (let tries = 0; ; tries += 1) {
      const ready = await fetch(`${url}/readyz`).catch(() => null)
      if (ready?.ok === true) break
      if (server.exitCode !== null || tries > 600) throw new Error(`It did not become ready:\n${said}`)
      await new Promise((done) => setTimeout(done, 100))
    }
    await answers(url, key)
  } finally {
    server.kill('SIGTERM')
  }
  const [code] = (await ended) as [number | null]
  strictEqual(code, 0, `It did not end in order:\n${said}`)
}

const ask = (url: string, key: string, model: string): Promise<Response> =>
  fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] }),
  })

try {
  await serves(async (url, key) => {
    strictEqual(await codeOf(health), 0, 'the health check does not see a healthy server')
    const answer = await ask(url, key, 'use-case/clinical')
    strictEqual(answer.status, 503)
    match(await answer.text(), /AWS_/, 'without credentials it does not name the variable')
    strictEqual((await fetch(`${url}/console`)).status, 200, 'the web console is not in the image')
  })
  await serves(async (url, key) => {
    const answer = await ask(url, key, 'use-case/clinical')
    strictEqual(answer.status, 200)
    strictEqual(answer.headers.get('x-pointsman-sandbox'), 'true')
  }, 'sandbox')
  await serves(
    async (url, key) => {
      const records = await fetch(`${url}/api/v1/usage/records`, {
        headers: { authorization: `Bearer ${key}` },
      })
      const { data: kept } = (await records.json()) as { data: readonly unknown[] }
      ok(kept.length > 0, 'what an earlier container recorded is gone')
    },
    ...['serve', '--workers', '1'],
  )
  strictEqual((await readdir(data)).join(), 'pointsman')
  process.stdout.write(
    'container: served as its own user from a read-only root, ended in order, kept its records\n',
  )
} finally {
  await rm(data, { recursive: true, force: true })
}
