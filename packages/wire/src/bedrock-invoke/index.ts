// no extra-fields.ts: that of the base dialect: Converse for Nova, Anthropic's Messages for Claude
// no finish-reasons.ts: that of the base dialect: Converse for Nova, Anthropic's Messages for Claude
// no read-messages.ts: that of the base dialect: Converse for Nova, Anthropic's Messages for Claude
// no read-tools.ts: that of the base dialect: Converse for Nova, Anthropic's Messages for Claude
// no usage.ts: that of the base dialect: Converse for Nova, Anthropic's Messages for Claude
// no write-messages.ts: that of the base dialect: Converse for Nova, Anthropic's Messages for Claude
// no write-tools.ts: that of the base dialect: Converse for Nova, Anthropic's Messages for Claude
import { claudeTakes } from '../claude-takes.ts'
import type { Crc32, Dialect, RequestHeader } from '../dialect.ts'
import { claude } from './quirk-claude.ts'
import { cohere } from './quirk-cohere.ts'
import { bedrockTiers, readServedTier } from '../service-tiers.ts'
import { createEmbedOnly } from './quirk-embed-only.ts'
import type { InvokeFamily } from './quirk-family.ts'
import { createNova } from './quirk-nova.ts'
import { titan } from './quirk-titan.ts'
import { passRequest } from './pass-request.ts'
import { readRequest } from './read-request.ts'
import { readResult } from './read-result.ts'
import { createStreamReader } from './read-stream.ts'
import { scanRequest } from './scan-request.ts'
import { writeStreamError } from './write-error.ts'
import { writeRequest } from './write-request.ts'
import { writeResult } from './write-result.ts'
import { createStreamWriter } from './write-stream.ts'

/** Of the request what is asked for, of the answer what served. */
const tierHeader = 'x-amzn-bedrock-service-tier'

/** InvokeModel tells in headers what Converse has in its body (Bedrock service model, 2026). */
const requestHeaders: readonly RequestHeader[] = [
  { name: 'x-amzn-bedrock-guardrailidentifier', elsewhere: 'refuse' },
  { name: 'x-amzn-bedrock-guardrailversion', elsewhere: 'ignore' },
  { name: 'x-amzn-bedrock-performanceconfig-latency', elsewhere: 'warn' },
  { name: 'x-amzn-bedrock-request-metadata', elsewhere: 'warn' },
  { name: tierHeader, elsewhere: 'warn' },
  { name: 'x-amzn-bedrock-trace', elsewhere: 'warn' },
]

interface Bases {
  /** Whose errors all of Bedrock's operations share. */
  readonly converse: Dialect
  readonly crc32: Crc32
}

function createInvoke(family: InvokeFamily, base: Dialect, { converse, crc32 }: Bases): Dialect {
  return {
    name: family.name,
    streamContentType: 'application/vnd.amazon.eventstream',
    heartbeat: null,
    requestHeaders,
    embed: null,
    countTokens: null,
    scanRequest: (bytes, stream) => scanRequest(base, bytes, stream),
    readRequest: (scanned) => readRequest(family, base, scanned),
    writeRequest: (call, target) => writeRequest(family, base, call, target),
    passRequest,
    readResult: (body, _headers, model) => readResult(family, base, body, model),
    writeResult: (result, about) => writeResult(family, base, result, about),
    resultWarnings: (result) => base.resultWarnings?.(result) ?? [],
    partWarning: (part) => base.partWarning?.(part) ?? null,
    streamReader: (options) => createStreamReader(family, base.streamReader(options), crc32),
    streamWriter: (about) => createStreamWriter(family, base.streamWriter(about), crc32),
    askedTier(_json, headers) {
      const place = headers.findIndex((text, index) => index % 2 === 0 && text === tierHeader)
      return place < 0 ? null : readServedTier(bedrockTiers, headers[place + 1])
    },
    headTier: (headers) => readServedTier(bedrockTiers, headers[tierHeader]),
    writeError: (error, requestId) => converse.writeError(error, requestId),
    writeStreamError: (error) => writeStreamError(error, crc32),
  }
}

/** InvokeModel with Nova's native body, as a face and as a provider's dialect. */
export const createBedrockInvokeNova = (bases: Bases): Dialect => ({
  ...createInvoke(createNova(bases.crc32), bases.converse, bases),
  // Blocks are Converse's: Nova refuses what others thought there too.
  takesBytes: (scanned, target) => bases.converse.takesBytes?.(scanned, target) !== false,
})

/** InvokeModel with Claude's native body; `messages` is Anthropic's own dialect. */
export const createBedrockInvokeClaude = (messages: Dialect, bases: Bases): Dialect => ({
  ...createInvoke(claude, messages, bases),
  takesSteered: ({ json }, { model }) => claudeTakes(json, model),
})

/** InvokeModel with the native bodies of Titan's and of Cohere's embedding models. */
export const createBedrockInvokeEmbeddings = ({ converse }: Bases): readonly Dialect[] =>
  [
    { name: 'bedrock-invoke-titan', field: 'inputText', embed: titan } as const,
    { name: 'bedrock-invoke-cohere', field: 'texts', embed: cohere } as const,
  ].map((family) => createEmbedOnly(family, { converse, requestHeaders }))
