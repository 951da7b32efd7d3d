import { parseArgs } from 'node:util'
import { createOutput } from '@pointsman/cli'
import { PointsmanError, toPointsmanError } from '@pointsman/contract'
import type { BackupSource } from '@pointsman/upkeep'
import { keptKey } from '../../serve/data-folder.ts'
import { readSettings, type Settings } from '../../settings.ts'
import { backup } from './backup.ts'
import { doctor } from './doctor.ts'
import { migrate } from './migrate.ts'
import { restore } from './restore.ts'
import type { UpkeepCall } from './upkeep-call.ts'
import { takesFile, upkeepOptions, upkeepUsage, type UpkeepName } from './usage.ts'

const commands: { readonly [Name in UpkeepName]: (call: UpkeepCall) => Promise<number> } = {
  migrate,
  backup,
  restore,
  doctor,
}

/** Exit codes are those of every command: 0 done, 1 refused or a problem found, 2 wrongly typed, 3 no answer. */
export async function runUpkeep(
  name: UpkeepName,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<number> {
  let json = args.includes('--json')
  try {
    const parsed = parseArgs({
      args: [...args],
      options: upkeepOptions,
      allowPositionals: true,
      strict: true,
    })
    const [file, ...more] = parsed.positionals
    if (more.length > 0 || (file !== undefined && !takesFile(name))) {
      process.stderr.write(`"${more[0] ?? file ?? ''}" is one word too many.\n${upkeepUsage(name)}`)
      return 2
    }
    json = parsed.values.json === true
    return await commands[name](callOf(environment, { file, json, dataDir: parsed.values['data-dir'] }))
  } catch (thrown) {
    return told(name, thrown, json)
  }
}

function callOf(
  environment: NodeJS.ProcessEnv,
  given: { readonly file: string | undefined; readonly json: boolean; readonly dataDir: string | undefined },
): UpkeepCall {
  const { isTTY } = process.stdout
  const settings = readSettings(environment, { dataDir: given.dataDir })
  return {
    ...{ environment, settings, file: given.file },
    output: createOutput({
      json: given.json,
      colour: isTTY && environment['NO_COLOR'] === undefined,
      columns: isTTY ? process.stdout.columns : null,
      write: (text) => process.stdout.write(text),
    }),
    progress: progressLine(),
    server: () => serverOf(environment, settings),
  }
}

const clearLine = '\r\u001b[K'
const tellAfterMs = 1_000

function progressLine(): UpkeepCall['progress'] {
  const startedAt = performance.now()
  if (!process.stderr.isTTY) return () => undefined
  return (what, count) => {
    if (performance.now() - startedAt > tellAfterMs)
      process.stderr.write(`${clearLine}… ${what}, ${count.toLocaleString('en')} rows\n`)
  }
}

async function serverOf(environment: NodeJS.ProcessEnv, settings: Settings): Promise<BackupSource> {
  const key = settings.serviceKey ?? (await keptKey(settings.dataDir, 'service.key'))
  const url = environment['POINTSMAN_URL'] ?? `http://127.0.0.1:${settings.port}`
  if (key !== null) return { url: url.replace(/\/$/, ''), key }
  throw new PointsmanError(
    'refused',
    `The server at ${url} would be asked for its database, and no key for it is known. Set POINTSMAN_SERVICE_KEY.`,
  )
}

function told(name: UpkeepName, thrown: unknown, json: boolean): number {
  if (thrown instanceof TypeError && 'code' in thrown && String(thrown.code).startsWith('ERR_PARSE_ARGS')) {
    process.stderr.write(`${thrown.message}\n${upkeepUsage(name)}`)
    return 2
  }
  const error = toPointsmanError(thrown)
  const { code, message, status } = error
  process.stderr.write(
    json
      ? `${JSON.stringify({ error: { code, statusCode: status, message } })}\n`
      : `pointsman ${name}: ${message}\n`,
  )
  if (code === 'internal' && error.cause instanceof Error)
    process.stderr.write(`${error.cause.stack ?? ''}\n`)
  if (code === 'invalid_request') return 2
  return code === 'registry_unavailable' ? 3 : 1
}
