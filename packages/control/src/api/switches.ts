import { PointsmanError, switchId } from '@pointsman/contract'
import {
  chainLinks,
  findSwitch,
  listSwitches,
  switchMarks,
  verifyChain,
  type SwitchMark,
  type SwitchRow,
} from '@pointsman/registry'
import { z } from 'zod'
import { behindShown } from './behind-shown.ts'
import { conversationIdSchema, modelIdSchema, routeNameSchema, userIdSchema } from '../catalogue/schemas.ts'
import { unknownName } from '../catalogue/unknown-names.ts'
import type { ControlHouse } from '../house.ts'
import { endpoint, type Answer, type Endpoint, type Frozen } from '../http/endpoint.ts'
import { instant, instantText } from '../instant.ts'
import { pageOf, pageQuery } from '../http/paging.ts'
import { tellNotice } from '../notices/tell-notice.ts'
import { isForeign } from '../switches/switching.ts'
import type { SwitchOutcome } from '../switches/outcome.ts'
import { scopeRevision } from '../switches/scope-revision.ts'
import { scopeText } from '../switches/scope.ts'
import { signedHead } from '../switches/signed-head.ts'
import { chainProblem } from '../tend-registry.ts'

export const notificationSchema = z.object({
  title: z.string(),
  message: z.string(),
  type: z.enum(['manual', 'auto']),
  modelName: z.string(),
  modelId: z.string(),
})

export const scopeSchema = z.object({
  kind: z.enum(['conversation', 'user', 'agent', 'use-case', 'global']),
  name: z.string().optional(),
  id: z.string().optional(),
  workspace: z.string().optional(),
  userId: z.string().nullable().optional(),
  useCase: z.string().nullable().optional(),
})

const approvalSchema = z.strictObject({
  by: z.string().min(1).max(200).describe('Who approved it outside of this program. Recorded, not checked.'),
  reference: z.string().max(500).nullable().default(null).describe('Where that is written down.'),
})

/** Records from before may hold a name of blanks alone. */
const approvalGiven = approvalSchema.extend({ by: approvalSchema.shape.by.trim().min(1) })

const ranked = z.object({
  model: z.string(),
  score: z.number(),
  passed: z.boolean(),
  reasons: z.array(z.string()),
})

const outcome = z.object({
  switched: z.boolean(),
  dryRun: z.boolean(),
  unchanged: z.boolean().describe('Nothing is to be done: a dry run tells by it what a switch would.'),
  switchId: z.string().nullable(),
  from: z.string().nullable().describe('Display name.'),
  to: z.string().describe('Display name.'),
  fromId: z.string().nullable(),
  toId: z.string(),
  scope: scopeSchema,
  revision: z.number(),
  costImpactEstimated: z
    .number()
    .nullable()
    .describe('US-$ saved a day; negative = dearer; null = a price is not known.'),
  costExplanation: z.string(),
  masks: z
    .array(z.string())
    .describe(
      'Routes that keep a model of their own although the scope contains them: the first hundred; a warning tells how many more there are.',
    ),
  warnings: z.array(z.string()),
  ...behindShown,
  ranking: z.array(ranked).nullable(),
  notification: notificationSchema.nullable(),
})

export const switchSchema = z.object({
  id: z.string(),
  sequence: z.number(),
  state: z.string(),
  revision: z.object({ epoch: z.number(), number: z.number() }).nullable(),
  recordedAt: z.iso.datetime(),
  actor: z.object({ kind: z.string(), id: z.string() }),
  action: z.enum(['manual_switch', 'auto_switch', 'fallback_switch']),
  type: z.enum(['manual', 'auto']),
  scope: scopeSchema,
  scopeText: z.string().describe('`use-case/clinical`, `default`, `conversation/conv-123`.'),
  fromId: z.string().nullable(),
  toId: z.string().nullable(),
  from: z.string().nullable(),
  to: z.string().nullable(),
  reason: z.string().nullable(),
  evidence: z.record(z.string(), z.unknown()),
  approval: approvalSchema.nullable(),
  reverts: z.string().nullable(),
  refusal: z.object({ code: z.string(), message: z.string() }).nullable(),
  costImpactEstimated: z.number().nullable(),
  notificationShown: z.boolean(),
  hash: z.string(),
  previousHash: z.string(),
})

const markSchema = z.object({
  id: z.string().describe('The newest switch of the place.'),
  recordedAt: z.iso.datetime(),
  type: z.enum(['manual', 'auto']).describe('`manual` where any of them is.'),
  scopeText: z.string(),
  from: z.string().nullable().describe('Display name.'),
  to: z.string().nullable(),
  count: z.number().describe('Switches of the place.'),
})

function showMark({ recordedAtMs, scopeKind, scopeName, ...mark }: SwitchMark) {
  const named = scopeKind === 'global' ? 'default' : `${scopeKind}/${scopeName ?? ''}`
  return { ...mark, recordedAt: instant(recordedAtMs), scopeText: named }
}

const path = z.strictObject({ id: z.string().min(1).max(200) })

function readAfter(cursor: string | undefined): number {
  if (cursor === undefined) return 0
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor)
  throw new PointsmanError(
    'invalid_request',
    'cursor is not one that a list gave out. Leave it out to begin anew.',
    { field: 'cursor' },
  )
}

export const switchEndpoints = (house: ControlHouse): readonly Endpoint[] => [
  ...switchReads(house),
  ...switchWrites(house),
]

// size: a declared table of endpoints
const switchReads = (house: ControlHouse): readonly Endpoint[] => [
  endpoint({
    operation: 'switches.list',
    method: 'GET',
    path: '/switches',
    summary: 'The record of switches, newest first.',
    query: z
      .strictObject({
        ...pageQuery,
        modelId: modelIdSchema.optional(),
        userId: userIdSchema.optional(),
        conversationId: conversationIdSchema.optional(),
        useCase: routeNameSchema.optional(),
        agent: routeNameSchema.optional(),
        includeRefused: z.stringbool().default(false),
        from: instantText.optional().describe('Recorded from then on.'),
        to: instantText.optional().describe('Recorded before then.'),
      })
      // A switch is of one route.
      .refine(({ agent, useCase }) => agent === undefined || useCase === undefined, {
        path: ['agent'],
        message: 'name "useCase" or "agent", not both',
      }),
    answer: pageOf(switchSchema),
    handle: async ({ query, principal }) => {
      const {
        limit,
        cursor = null,
        includeRefused,
        modelId,
        userId,
        conversationId,
        useCase,
        agent,
        from,
        to,
      } = query
      const { data, nextCursor } = await listSwitches(house.database, {
        limit,
        cursor,
        includeRefused,
        ...(from === undefined ? {} : { fromMs: Date.parse(from) }),
        ...(to === undefined ? {} : { toMs: Date.parse(to) }),
        ...(modelId === undefined ? {} : { modelId }),
        ...(userId === undefined ? {} : { userId }),
        ...(conversationId === undefined ? {} : { conversationId }),
        ...(useCase === undefined ? {} : { scope: { kind: 'use-case', name: useCase } as const }),
        ...(agent === undefined ? {} : { scope: { kind: 'agent', name: agent } as const }),
      })
      return { data: { data: data.filter((row) => !isForeign(row, principal)).map(showSwitch), nextCursor } }
    },
  }),
  endpoint({
    operation: 'switches.marks',
    method: 'GET',
    path: '/switches/marks',
    summary:
      'Where switches stand on a time axis: at most 240 places, each with its newest switch and their number.',
    query: z.strictObject({ from: instantText, to: instantText }),
    answer: z.object({ data: z.array(markSchema), nextCursor: z.null() }),
    handle: async ({ query: { from, to }, principal }) => {
      const [fromMs, toMs] = [Date.parse(from), Date.parse(to)]
      if (fromMs >= toMs)
        throw new PointsmanError('invalid_request', '"from" should be before "to".', { field: 'from' })
      const marks = await switchMarks(house.database, { fromMs, toMs, workspace: principal.workspace })
      return { data: { data: marks.map(showMark), nextCursor: null } }
    },
  }),
  endpoint({
    operation: 'switches.verify',
    method: 'GET',
    path: '/switches/verify',
    summary: 'Recomputes the hash chain: finds altered, missing, added and swapped records.',
    query: z
      .strictObject({
        sequence: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
        hash: z
          .string()
          .regex(/^[0-9a-f]{64}$/, 'should be 64 hexadecimal digits')
          .optional()
          .describe('With `sequence`: a head that was kept elsewhere, through which the chain must lead.'),
      })
      .refine(({ sequence, hash }) => (sequence === undefined) === (hash === undefined), {
        path: ['hash'],
        message: 'goes together with "sequence": give both or neither',
      }),
    answer: z.object({
      valid: z.boolean(),
      count: z.number(),
      head: z.string(),
      firstBad: z.object({ sequence: z.number(), problem: z.string() }).optional(),
    }),
    handle: async ({ query: { sequence, hash } }) => {
      const kept = sequence === undefined || hash === undefined ? null : { sequence, hash }
      const report = await verifyChain(house.database, kept)
      // What a caller kept may be of another registry: that is told to the caller, and no alarm.
      if (kept === null) house.alarms.chainSeen(chainProblem(report))
      return { data: report }
    },
  }),
  endpoint({
    operation: 'switches.head',
    method: 'GET',
    path: '/switches/head',
    summary: 'The head of the hash chain, signed (Ed25519), to be kept outside of this server.',
    answer: z.object({
      sequence: z.number().describe('Records in the chain.'),
      hash: z.string(),
      signedAt: z.iso.datetime(),
      statement: z.string().describe('The text that is signed, UTF-8.'),
      signature: z.string().describe('Base64.'),
      publicKey: z.string().describe('Base64 of the raw 32 bytes.'),
    }),
    handle: async () => ({ data: await signedHead(house) }),
  }),
  endpoint({
    operation: 'switches.chain',
    method: 'GET',
    path: '/switches/chain',
    summary: 'The chained texts in order: hash = SHA-256 of the previous hash and the text.',
    query: z.strictObject({ ...pageQuery }),
    answer: pageOf(
      z.object({
        sequence: z.number(),
        previousHash: z.string(),
        hash: z.string(),
        canonicalText: z.string().describe('Canonical JSON; names of people and free text are sealed in it.'),
      }),
    ),
    handle: async ({ query: { limit, cursor } }) => {
      const data = await chainLinks(house.database, { after: readAfter(cursor), limit: limit + 1 })
      const shown = data.slice(0, limit)
      const last = shown.at(-1)
      return {
        data: {
          data: shown,
          nextCursor: data.length > limit && last !== undefined ? String(last.sequence) : null,
        },
      }
    },
  }),
  endpoint({
    operation: 'switches.show',
    method: 'GET',
    path: '/switches/{id}',
    summary: 'One switch. Its ETag is that of its route.',
    pathParameters: path,
    answer: switchSchema,
    errors: ['not_found'],
    handle: async ({ path: { id }, principal }) => {
      const row = await findSwitch(house.database, switchId(id))
      if (row === null || isForeign(row, principal)) throw unknownName('not_found', 'Switch', id, [])
      return { data: showSwitch(row), revision: await scopeRevision(house.database, row.record.scope) }
    },
  }),
]

// size: a declared table of endpoints
const switchWrites = (house: ControlHouse): readonly Endpoint[] => [
  endpoint({
    operation: 'switches.create',
    method: 'POST',
    path: '/switches',
    summary:
      'Switches the narrowest scope that is named; none = the default. Answers when every leased replica serves it.',
    query: z.strictObject({
      dryRun: z.stringbool().default(false).describe('Says what would be; changes nothing.'),
    }),
    body: z.strictObject({
      modelId: modelIdSchema,
      conversationId: conversationIdSchema.nullish(),
      userId: userIdSchema.nullish(),
      agent: routeNameSchema.nullish(),
      useCase: routeNameSchema.nullish(),
      role: routeNameSchema.nullish(),
      assistantType: routeNameSchema.nullish(),
      reason: z.string().max(2_000).nullish(),
      approval: approvalGiven.nullish(),
      applyTo: z
        .enum(['new', 'all'])
        .default('new')
        .describe('`all`: conversations that keep their model move, too.'),
      showNotification: z.boolean().default(true),
    }),
    answer: outcome,
    conditional: true,
    errors: [
      'model_not_found',
      'route_not_found',
      'model_not_available',
      'lifecycle_blocked',
      'refused',
      'revision_rejected',
    ],
    handle: async ({ query: { dryRun }, body, principal, ifMatch }) => {
      const { modelId, reason, approval, applyTo, showNotification, ...scope } = body
      const request = { modelId, scope, reason, approval, applyTo, dryRun, ifMatch }
      return told(house, await house.switching.switchTo(principal, request), showNotification)
    },
  }),
  endpoint({
    operation: 'switches.revert',
    method: 'POST',
    path: '/switches/{id}/revert',
    summary: 'A new switch that restores what an earlier one found.',
    pathParameters: path,
    query: z.strictObject({ dryRun: z.stringbool().default(false) }),
    body: z
      .strictObject({
        reason: z.string().max(2_000).nullish(),
        approval: approvalGiven.nullish(),
        showNotification: z.boolean().default(true),
      })
      .default({ showNotification: true }),
    answer: outcome,
    conditional: true,
    errors: ['not_found', 'refused', 'model_not_available', 'lifecycle_blocked'],
    handle: async ({ path: { id }, query: { dryRun }, body, principal, ifMatch }) => {
      const options = { reason: body.reason, approval: body.approval, dryRun, ifMatch }
      return told(
        house,
        await house.switching.revert(principal, switchId(id), options),
        body.showNotification,
      )
    },
  }),
]

async function told(
  house: ControlHouse,
  done: SwitchOutcome,
  showNotification: boolean,
): Promise<Answer<Frozen<z.input<typeof outcome>>>> {
  const notification = showNotification ? await tellNotice(house, done) : null
  return { data: { ...done, notification }, revision: await scopeRevision(house.database, done.scope) }
}

export const showSwitch = ({ record: kept, state, notificationShown }: SwitchRow) => ({
  id: kept.id,
  sequence: kept.sequence,
  state,
  revision: kept.revision,
  recordedAt: instant(kept.recordedAtMs),
  actor: kept.actor,
  action: kept.action,
  type: kept.type,
  scope: kept.scope,
  scopeText: scopeText(kept.scope),
  fromId: kept.from,
  toId: kept.to,
  from: kept.fromName,
  to: kept.toName,
  reason: kept.reason,
  evidence: kept.evidence,
  approval: kept.approval,
  reverts: kept.reverts,
  refusal: kept.refusal,
  costImpactEstimated: kept.costImpactUsd,
  notificationShown,
  hash: kept.hash,
  previousHash: kept.previousHash,
})
