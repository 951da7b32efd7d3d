import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { PointsmanError, toPointsmanError } from '@pointsman/contract'
import { asksForHelp, upkeepCommands, upkeepNames, upkeepUsage } from './commands/upkeep/usage.ts'
import { dataDirFrom } from './data-dir.ts'
import { failWithAnswer, outliveReaders } from './outlive-readers.ts'
import { keepCompiled } from './serve/compile-cache.ts'

/** Commands that start something here; all others speak to a server. Each loads only what it runs. */
const servers = ['serve', 'sandbox', 'simulate'] as const

const summaries: { readonly [Name in (typeof servers)[number]]: string } = {
  serve: 'Both planes, calling the vendors with your credentials.',
  sandbox: 'The same with a provider simulator: no cloud account needed.',
  simulate: 'The provider simulator alone.',
}

const serverOptions = {
  host: { type: 'string' },
  port: { type: 'string' },
  'data-dir': { type: 'string' },
  workers: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

const serverUsage = `Usage: pointsman serve | sandbox | simulate [--host ADDRESS] [--port N] [--data-dir FOLDER] [--workers N]
  serve     both planes, calling the vendors with your credentials
  sandbox   the same with the bundled provider simulator: no cloud account needed
  simulate  the simulator alone
Defaults: 127.0.0.1, port 7070, folder .pointsman, no workers (all in one process); POINTSMAN_HOST, POINTSMAN_PORT, POINTSMAN_DATA_DIR and POINTSMAN_WORKERS set them too.
`

/** The whole command line; answers the exit code. */
export async function run(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv
  const server = servers.find((known) => known === name)
  const upkeep = upkeepNames.find((known) => known === name)
  outliveReaders()
  if (server === undefined) failWithAnswer()
  // `pointsman … | head`: nobody is left to ask for. What works here, as a server and a restore do, goes on with its work.
  if (server === undefined && upkeep === undefined) process.stdout.on('error', () => process.exit(0))
  if (upkeep !== undefined && asksForHelp(rest)) {
    process.stdout.write(upkeepUsage(upkeep))
    return 0
  }
  const problem = await goByProxies(process.env)
  if (problem !== null) {
    process.stderr.write(`pointsman: ${problem.message}\n`)
    return 1
  }
  if (upkeep !== undefined) {
    const { runUpkeep } = await import('./commands/upkeep/index.ts')
    return runUpkeep(upkeep, rest, process.env)
  }
  if (server === undefined) return runServerCommand(argv)
  try {
    const { values } = parseArgs({ args: rest, options: serverOptions, strict: true })
    if (values.help === true) {
      process.stdout.write(serverUsage)
      return 0
    }
    const flags = {
      host: values.host,
      port: values.port,
      dataDir: values['data-dir'],
      workers: values.workers,
    }
    if (server !== 'simulate') {
      keepCompiled(process.env, flags)
      const { startEarly } = await import('./serve/start-early.ts')
      await startEarly(process.env, flags)
    }
    const commands = await import('./commands/servers.ts')
    return await commands[server](process.env, flags)
  } catch (thrown) {
    const unknownOption =
      thrown instanceof TypeError && 'code' in thrown && String(thrown.code).startsWith('ERR_PARSE_ARGS')
    const error = unknownOption ? thrown : toPointsmanError(thrown)
    const wrongOption = error instanceof PointsmanError ? isOfFlag(error) : unknownOption
    process.stderr.write(`pointsman ${server}: ${error.message}\n${wrongOption ? serverUsage : ''}`)
    // A refusal says all there is; only what nobody foresaw needs its stack.
    const cause = error instanceof PointsmanError && error.code === 'internal' ? error.cause : null
    if (cause instanceof Error) process.stderr.write(`${cause.stack ?? cause.message}\n`)
    return wrongOption ? 2 : 1
  }
}

/** Whatever the command, what it calls is called by way of the proxies that the variables name. */
async function goByProxies(environment: NodeJS.ProcessEnv): Promise<PointsmanError | null> {
  // Loaded only where there is one.
  if (!Object.keys(environment).some((name) => /^https?_proxy$/i.test(name))) return null
  const { followProxies, proxiesIn } = await import('./follow-proxies.ts')
  try {
    followProxies(proxiesIn(environment))
    return null
  } catch (thrown) {
    if (thrown instanceof PointsmanError) return thrown
    throw thrown
  }
}

/** A variable with the same value is no mistake in typing. */
const isOfFlag = ({ details }: PointsmanError): boolean => details.field?.startsWith('--') === true

/** The key that a server on this machine made for itself, where no variable names one. */
async function keptServiceKey(environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  const folder = dataDirFrom(environment, undefined)
  try {
    return (await readFile(join(folder, 'service.key'), 'utf8')).trim()
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EACCES'))
      return undefined
    throw error
  }
}

/** Signed by the AWS credentials of this machine, not of the server's. */
async function bedrockTokenOf(
  { hours, region }: { readonly hours: number; readonly region: string | undefined },
  environment: NodeJS.ProcessEnv,
) {
  const [{ makeBedrockToken }, { awsChain }, { proxiesIn }, { readSettings }, { FailedError }] =
    await Promise.all([
      import('./commands/bedrock-token.ts'),
      import('./serve/aws-chain.ts'),
      import('./follow-proxies.ts'),
      import('./settings.ts'),
      import('@pointsman/cli'),
    ])
  try {
    const where = region ?? readSettings(environment, {}).region
    const chain = awsChain(proxiesIn(environment))
    const { expiresAtMs, token } = await makeBedrockToken({ hours, region: where }, chain, Date.now())
    return { token, expiresAt: new Date(expiresAtMs).toISOString(), region: where }
  } catch (thrown) {
    if (thrown instanceof PointsmanError) throw new FailedError(thrown.code, thrown.message)
    throw thrown
  }
}

async function runServerCommand(argv: readonly string[]): Promise<number> {
  const environment = process.env
  const key =
    environment['POINTSMAN_SERVICE_KEY'] ??
    environment['SUPABASE_SERVICE_KEY'] ??
    (await keptServiceKey(environment))
  const { runCli } = await import('@pointsman/cli')
  return runCli({
    argv,
    defaults: { url: environment['POINTSMAN_URL'] ?? 'http://127.0.0.1:7070', key },
    stdin: process.stdin,
    readFile: (path) => readFile(path),
    makeBedrockToken: (order) => bedrockTokenOf(order, environment),
    stdout: process.stdout,
    stderr: process.stderr,
    isTerminal: process.stdout.isTTY,
    colour: process.stdout.isTTY && environment['NO_COLOR'] === undefined,
    otherCommands: [
      ...servers.map((known) => ({ name: known, summary: summaries[known] })),
      ...upkeepNames.map((known) => ({ name: known, summary: upkeepCommands[known].summary })),
    ],
    columns: process.stdout.isTTY ? process.stdout.columns : null,
  })
}
