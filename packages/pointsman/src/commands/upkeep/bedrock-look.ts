import { failureWords, type KeptCredential } from '@pointsman/contract'
import { BedrockCredentials, bedrockCredentialHint } from '@pointsman/engine'
import { createBedrock } from '@pointsman/providers'
import type { BedrockAnswer, BedrockLook, QuotaLook } from '@pointsman/upkeep'
import { awsChain } from '../../serve/aws-chain.ts'
import { systemClock } from '../../serve/clock.ts'
import { nodeDigests } from '../../serve/digests.ts'
import type { Settings } from '../../settings.ts'
import { quotaPage } from './quota-page.ts'
import { wantedModels } from './vendor-looks.ts'

const withinMs = 8_000

/** Bedrock as the doctor asks it: with the credential that calls are signed with. `kept` stands before the variables. */
export async function bedrockLook(settings: Settings, kept: KeptCredential | null): Promise<BedrockLook> {
  const { bedrockBearerToken: token, region } = settings
  const fixed = kept ?? (token === null ? null : { kind: 'bearer' as const, token })
  let whyMissing: string | null = null
  const credentials = new BedrockCredentials({
    fixed,
    chain: awsChain(settings.proxy),
    log: (_level, _event, facts) => void (whyMissing = failureWords(facts['error'])),
  })
  await credentials.start()
  const provider = createBedrock()
  return {
    missing: credentials.state().ready ? null : bedrockCredentialHint,
    whyMissing,
    region,
    wanted: wantedModels('bedrock').map(({ baseModelId, upstreamId }) => ({
      upstreamId,
      baseId: baseModelId ?? upstreamId,
    })),
    quotas: quotaLook(settings, fixed?.kind === 'bearer' ? null : credentials),
    async ask(path, query) {
      if (provider.buildListRequest === undefined) throw new Error('Bedrock has no lists')
      const credential = await credentials.get()
      const asked = { path, query, region, credential, baseUrl: settings.bedrockListBaseUrl }
      const request = provider.buildListRequest({ ...asked, nowMs: systemClock.nowMs() }, nodeDigests)
      return answerOf(
        await fetch(request.origin + request.path, {
          headers: headersFrom(request.headers),
          redirect: 'error',
          signal: AbortSignal.timeout(withinMs),
        }),
      )
    },
  }
}

/** `credentials`: null = an API key, which no other service takes. */
function quotaLook(settings: Settings, credentials: BedrockCredentials | null): QuotaLook {
  const { quotasBaseUrl, region } = settings
  return {
    region,
    models: wantedModels('bedrock').map(({ kind, name }) => ({
      name: name.replace(/ \([^)]*\)$/, ''),
      kind: kind === 'foundation-model' ? 'direct' : kind === 'global-profile' ? 'global' : 'profile',
    })),
    page:
      credentials === null
        ? null
        : async (nextToken) => {
            const credential = await credentials.get()
            if (credential.kind !== 'aws') throw new Error('Service Quotas takes no Bedrock API key')
            return answerOf(await quotaPage({ credential, region, baseUrl: quotasBaseUrl }, nextToken))
          },
  }
}

/** The host is what the address says, and `fetch` sets it. */
function headersFrom(flat: readonly string[]): Headers {
  const headers = new Headers()
  for (let at = 0; at + 1 < flat.length; at += 2)
    if (flat[at] !== 'host') headers.append(flat[at] ?? '', flat[at + 1] ?? '')
  return headers
}

async function answerOf(response: Response): Promise<BedrockAnswer> {
  const body = jsonIn(await response.text())
  const named = response.headers.get('x-amzn-errortype') ?? memberOf(body, '__type') ?? ''
  return {
    status: response.status,
    // `AccessDeniedException:http://…`, `com.amazonaws.bedrock#AccessDeniedException`
    errorName: response.ok ? null : (/^(?:[^:]*#)?([A-Za-z]+)/.exec(named)?.[1] ?? null),
    message: memberOf(body, 'message') ?? memberOf(body, 'Message') ?? '',
    body,
    date: response.headers.get('date'),
  }
}

function jsonIn(text: string): unknown {
  try {
    // oxlint-disable-next-line no-restricted-properties -- read member by member, and trusted in none
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

function memberOf(body: unknown, name: string): string | null {
  const value = (body as { readonly [member: string]: unknown } | null)?.[name]
  return typeof value === 'string' ? value : null
}
