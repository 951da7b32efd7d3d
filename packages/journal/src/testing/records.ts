import {
  defaultWorkspace,
  modelId,
  providerId,
  replicaId,
  requestId,
  unknownUsage,
  type Intent,
  type JournalId,
  type JournalRecord,
  type UsageRecord,
} from '@pointsman/contract'
import type { FileLayer } from '../file-layer.ts'
import { startOf } from '../folder.ts'
import { readJournal, type JournalDamage, type PlacedRecord } from '../read-journal.ts'

export const intentOf = (id: string, requested = 'use-case/clinical'): Intent => ({
  schema: 'v1',
  requestId: requestId(id),
  receivedAtMs: 1_795_000_000_000,
  replica: replicaId('replica-1'),
  workspace: defaultWorkspace,
  keyId: null,
  principal: 'service',
  userId: null,
  conversationId: null,
  sessionId: null,
  tags: [],
  face: 'openai-chat',
  stream: false,
  requested,
  route: 'use-case/clinical',
  useCase: 'clinical',
  agent: null,
  needs: {
    tools: false,
    images: false,
    documents: false,
    streaming: false,
    jsonSchema: false,
    reasoning: false,
    inputTokensEstimate: 12,
  },
  inputBytes: 48,
  revision: { epoch: 1, number: 7 },
  switchId: null,
})

export const outcomeOf = (id: string): UsageRecord => ({
  ...intentOf(id),
  plan: {
    reason: 'use-case',
    target: modelId('eu.amazon.nova-pro-v1:0'),
    candidates: [modelId('eu.amazon.nova-pro-v1:0')],
    excluded: [],
  },
  attempts: [],
  outcome: 'ok',
  error: null,
  status: 200,
  modelId: modelId('eu.amazon.nova-pro-v1:0'),
  provider: providerId('bedrock'),
  region: 'eu-central-1',
  reason: 'use-case',
  finish: 'stop',
  usage: { ...unknownUsage, inputTokens: 12, outputTokens: 40 },
  usageEstimated: false,
  costNanoUsd: 41_600,
  priceId: null,
  warnings: [],
  durationMs: 812,
  firstContentAfterMs: 240,
  overheadUs: 900,
  unrecognisedFrames: 0,
})

export const intent = (id: string): JournalRecord => ({ type: 'intent', intent: intentOf(id) })
export const outcome = (id: string): JournalRecord => ({ type: 'outcome', record: outcomeOf(id) })

/** Every record of a journal up to where nothing more comes, with the damage that was named on the way. */
export async function readAll(
  dir: string,
  journal: JournalId,
  options: { readonly files?: FileLayer; readonly limitBytes?: number } = {},
): Promise<{ records: PlacedRecord[]; damage: JournalDamage[]; ended: boolean }> {
  const records: PlacedRecord[] = []
  const damage: JournalDamage[] = []
  let position = startOf(journal)
  for (;;) {
    const read = await readJournal(dir, position, options)
    records.push(...read.records)
    damage.push(...read.damage)
    const still = read.position.segment === position.segment && read.position.offset === position.offset
    if (read.ended || still) return { records, damage, ended: read.ended }
    position = read.position
  }
}

export const requestIdOf = (record: JournalRecord): string => {
  if (record.type === 'intent') return record.intent.requestId
  if (record.type === 'outcome') return record.record.requestId
  if (record.type === 'captured') return record.exchange.requestId
  return record.type === 'pin-claim' ? record.claim.requestId : record.episode.requestId
}
