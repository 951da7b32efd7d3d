import { join } from 'node:path'
import { PointsmanError, providerId, type SealedKey } from '@pointsman/contract'
import {
  checkBedrock,
  checkDatabase,
  checkFolder,
  checkJournal,
  checkVendor,
  looked,
  ok,
  problem,
  warning,
  type DatabaseLook,
  type Finding,
} from '@pointsman/upkeep'
import { sealedProviderKeys } from '@pointsman/registry'
import { systemClock } from '../../serve/clock.ts'
import { keptKey, type KeyFileName } from '../../serve/data-folder.ts'
import type { HostKeys } from '../../serve/host-keys.ts'
import { keptKeysIn } from '../../serve/provider-keys/kept-keys.ts'
import { bedrockLook } from './bedrock-look.ts'
import { lookAtIssuer } from './issuer-look.ts'
import { lookAtKeys } from './key-looks.ts'
import { lookAtProxy } from './proxy-look.ts'
import { tableLooks } from './table-looks.ts'
import { hasEmbedded, openStores, presentKeys } from './open-stores.ts'
import type { UpkeepCall } from './upkeep-call.ts'
import { vendorLooks } from './vendor-looks.ts'

/** Looks at everything that a server needs, needs none itself, and changes nothing. */
export async function doctor(call: UpkeepCall): Promise<number> {
  const findings = await examine(call)
  const problems = findings.filter(({ state }) => state === 'problem').length
  if (call.output.json) call.output.value({ findings, problems })
  else show(call, findings, problems)
  return problems === 0 ? 0 : 1
}

async function examine({ settings }: UpkeepCall): Promise<readonly Finding[]> {
  const { nowMs } = systemClock
  const broken = await lookAtKeyFiles(settings)
  const hostKeys = broken.master.length > 0 ? undefined : await presentKeys(settings).catch(() => null)
  const database = await lookAtDatabase(settings, hostKeys)
  const keys = await lookAtKeys(
    settings,
    database.providerKeys ?? (await keptKeysIn(settings.dataDir, () => undefined).load()),
    hostKeys ?? null,
  )
  const bedrock = await bedrockLook(settings, keys.credentials.get(providerId('bedrock')) ?? null)
  const vendors = await Promise.all([
    looked('bedrock credentials', () => checkBedrock(bedrock, nowMs)),
    looked('proxy', () => lookAtProxy(settings, bedrock.missing === null)),
    looked('OpenID Connect', () => lookAtIssuer(settings)),
    ...vendorLooks(settings, keys.credentials).map((look) =>
      looked(`${look.id} credentials`, () => checkVendor(look, nowMs)),
    ),
  ])
  return [
    nodeFinding(settings.workers),
    ...(await looked('data folder', () => checkFolder(settings.dataDir))),
    ...broken.master,
    ...broken.service,
    ...database.findings,
    ...(await looked('journal', () => checkJournal(join(settings.dataDir, 'journal'), database.checkpoints))),
    ...keys.findings,
    ...(await tableLooks(settings)),
    ...vendors.flat(),
  ]
}

function nodeFinding(workers: number): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < 22 || (major === 22 && minor < 22))
    return problem('node', process.version, 'Node 22.22 or newer is needed.')
  if (workers > 0 && (major < 26 || (major === 26 && minor < 4)))
    return problem('node', process.version, '--workers needs Node 26.4 or newer.')
  return ok('node', process.version)
}

interface Look extends DatabaseLook {
  /** Null = the database could not be asked for them. */
  readonly providerKeys: readonly SealedKey[] | null
}

const nothing = (finding: Finding): Look => ({ findings: [finding], checkpoints: null, providerKeys: null })

/** What a start would refuse. That there is none yet is no fault: the first start makes it. */
async function lookAtKeyFiles({ dataDir, masterKey, serviceKey }: UpkeepCall['settings']): Promise<{
  readonly master: readonly Finding[]
  readonly service: readonly Finding[]
}> {
  const look = (check: string, name: KeyFileName): Promise<readonly Finding[]> =>
    looked(check, async () => {
      await keptKey(dataDir, name)
      return []
    })
  return {
    master: masterKey === null ? await look('master key', 'master.key') : [],
    service: serviceKey === null ? await look('service key', 'service.key') : [],
  }
}

/** `keys`: null = no master key is here, undefined = it cannot be read. */
async function lookAtDatabase(
  settings: UpkeepCall['settings'],
  keys: HostKeys | null | undefined,
): Promise<Look> {
  if (settings.databaseUrl === null && !hasEmbedded(settings))
    return nothing(
      warning('database', 'no embedded database yet', 'The first start makes it; or set DATABASE_URL.'),
    )
  try {
    const stores = await openStores(settings)
    try {
      const look = await checkDatabase(
        stores.database,
        keys === null ? null : keys?.fingerprint,
        systemClock.nowMs,
      )
      // An older schema has no table of them.
      const providerKeys = look.checkpoints === null ? null : await sealedProviderKeys(stores.database)
      return { ...look, providerKeys }
    } finally {
      await stores.close()
    }
  } catch (error) {
    const pid = error instanceof PointsmanError ? error.details.data?.['pid'] : undefined
    if (typeof pid === 'number' || pid === null)
      return nothing(
        ok(
          'database',
          `embedded, open in process ${pid ?? 'of somebody else'}: ask that server, GET /readyz`,
        ),
      )
    return nothing(
      problem(
        'database',
        error instanceof Error ? error.message : String(error),
        'Start it, or correct DATABASE_URL; see "When things go wrong" in docs/running.md.',
      ),
    )
  }
}

const signs = { ok: '✅', warning: '⚠️ ', problem: '❌', unknown: '❔' } as const

function show({ output }: UpkeepCall, findings: readonly Finding[], problems: number): void {
  const width = Math.max(...findings.map(({ check }) => check.length))
  for (const { check, found, mend, state } of findings) {
    output.line(`${signs[state]} ${check.padEnd(width)}  ${found}`)
    if (mend !== null) output.line(output.dim(`   ${' '.repeat(width)}  → ${mend}`))
  }
  output.line('')
  output.line(problems === 0 ? 'Nothing stands in the way of a start.' : `${problems} to be mended.`)
}
