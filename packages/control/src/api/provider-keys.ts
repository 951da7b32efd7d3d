import type { Actor, CredentialFacts, KeptCredential } from '@pointsman/contract'
import { listProviderKeys, type ProviderKeyRow } from '@pointsman/registry'
import { z } from 'zod'
import { behindShown } from './behind-shown.ts'
import { endMs, expiresInSecondsSchema, isOneEnd, oneEndWords } from './ends.ts'
import { modelIdSchema, providerIdSchema } from '../catalogue/schemas.ts'
import type { ControlHouse } from '../house.ts'
import { endpoint, type Endpoint } from '../http/endpoint.ts'
import { page, pageOf, pageQuery } from '../http/paging.ts'
import { instant, instantGiven, instantOrNull } from '../instant.ts'
import {
  removeProviderKey,
  setProviderKey,
  type ChangedProviderKey,
} from '../secrets/manage-provider-keys.ts'
import { probeProvider } from '../secrets/probe-provider.ts'
import { requireProvider } from './known-providers.ts'

/** Longer than any vendor's key or token; a Bedrock token of a session holds its session token. */
const longestKey = 16_384
const headerText = (what: string) =>
  z
    .string()
    .trim()
    .min(1)
    .max(longestKey)
    .regex(
      /^[\x21-\x7e]+$/,
      `${what} has no spaces, no line breaks and no other than printable ASCII characters`,
    )

const keySource = z
  .enum(['sandbox', 'registry', 'secrets-manager', 'environment', 'aws'])
  .describe(
    '`registry`: stored here; `secrets-manager`: the secret in AWS Secrets Manager; `environment`: a variable; `aws`: the AWS credential chain. The first that has one is used, in this order.',
  )

/** The credential in use, as answers tell it. */
export const credentialShown = {
  keySource: keySource.nullable().describe('Null = there is none.'),
  keyFrom: z
    .string()
    .nullable()
    .describe('In words: its version, the secret’s name, the variable, the profile or role.'),
  keyLastFour: z
    .string()
    .nullable()
    .describe('The last four characters of the key in use (AWS: of the access key’s id). Never more of it.'),
  keySince: z.iso.datetime().nullable().describe('Since when this key stands there; null = not known.'),
  keyExpiresAt: z.iso.datetime().nullable().describe('Null = it has no end, or none is known.'),
  keyProblem: z
    .string()
    .nullable()
    .describe('What is wrong with a key that should be used, though calls may go on with another.'),
}

export const credentialOf = ({ expiresAtMs, from, lastFour, problem, sinceMs, source }: CredentialFacts) => ({
  ...{ keySource: source, keyFrom: from, keyLastFour: lastFour, keyProblem: problem },
  keySince: instantOrNull(sinceMs),
  keyExpiresAt: instantOrNull(expiresAtMs),
})

export const lastTest = z.object({
  at: z.iso.datetime(),
  ok: z.boolean(),
  modelId: z.string(),
  latencyMs: z.number(),
  keySource: keySource.nullable(),
  problem: z.string().nullable(),
})

const actor = z.object({ kind: z.string(), id: z.string() }).nullable()

const version = z.object({
  version: z.number(),
  kind: z.enum(['bearer', 'aws']).describe('`aws`: an access-key pair.'),
  keyLastFour: z.string().nullable(),
  setAt: z.iso.datetime(),
  setBy: actor.describe('Null = its revision is not kept any more.'),
  expiresAt: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable().describe('Another one took its place, or it was taken away.'),
  endedBy: actor,
  revision: z.number(),
})

const changed = version.extend({
  id: z.string().describe('The provider’s.'),
  ...behindShown,
  note: z.string().nullable().describe('Why it is not called with; null = it is.'),
})

const order = z
  .strictObject({
    key: headerText('a key').describe(
      'The key or token; with `accessKeyId`, the secret access key. Write-only: nothing tells it again.',
    ),
    accessKeyId: headerText('an access key’s id')
      .optional()
      .describe('An AWS access-key pair in the place of a key.'),
    sessionToken: headerText('a session token').optional(),
    expiresAt: instantGiven
      .optional()
      .describe(
        'From then on it is not used any more. Of a Bedrock token the end that it tells itself, unless this is earlier.',
      ),
    expiresInSeconds: expiresInSecondsSchema,
  })
  .refine(isOneEnd, oneEndWords)

const path = z.strictObject({ id: providerIdSchema })

// size: a declared table of endpoints
export const providerKeyEndpoints = (house: ControlHouse): readonly Endpoint[] => [
  endpoint({
    operation: 'providers.keys',
    method: 'GET',
    path: '/providers/{id}/keys',
    summary:
      'The record of the keys that were stored for a provider, newest first: who, when, last four characters.',
    pathParameters: path,
    query: z.strictObject(pageQuery),
    answer: pageOf(version),
    errors: ['not_found'],
    handle: async ({ path: { id }, query }) => {
      const rows = (await listProviderKeys(house.database, id)).map(versionOf)
      // The record of a provider that was taken out of the settings is still told.
      if (rows.length === 0) requireProvider(house, id)
      const data = page(rows, (row) => String(row.version), query)
      return { data, revision: rows[0]?.revision ?? 0 }
    },
  }),
  endpoint({
    operation: 'providers.set-key',
    method: 'PUT',
    path: '/providers/{id}/key',
    summary:
      'Stores a provider’s key, sealed, in the place of the one before; every replica calls with it at once.',
    pathParameters: path,
    body: order,
    answer: changed,
    conditional: true,
    errors: ['not_found', 'refused'],
    handle: async ({ path: { id }, body, principal, ifMatch }) => {
      const expiresAtMs = endMs(house, body) ?? null
      const credential = credentialIn(body)
      const set = await setProviderKey(house, principal, { provider: id, credential, expiresAtMs, ifMatch })
      return answerOf(house, set)
    },
  }),
  endpoint({
    operation: 'providers.remove-key',
    method: 'DELETE',
    path: '/providers/{id}/key',
    summary:
      'Takes a stored key away, at once on every replica. What is looked for next is used from then on.',
    pathParameters: path,
    answer: changed,
    conditional: true,
    errors: ['not_found'],
    handle: async ({ path: { id }, principal, ifMatch }) =>
      answerOf(house, await removeProviderKey(house, principal, { provider: id, ifMatch })),
  }),
  endpoint({
    operation: 'providers.test',
    method: 'POST',
    path: '/providers/{id}/test',
    summary:
      'Makes a call of one token, with the key that requests are called with, and says how to mend what is wrong.',
    pathParameters: path,
    body: z
      .strictObject({
        model: modelIdSchema.optional().describe('One of its chat models; one in use unless set.'),
      })
      .prefault({}),
    answer: z.object({
      id: z.string(),
      ok: z.boolean(),
      modelId: z.string(),
      latencyMs: z.number(),
      ...credentialShown,
      code: z.string().nullable(),
      problem: z.string().nullable(),
      vendorSays: z.string().nullable().describe('The vendor’s own words.'),
      mend: z.string().nullable().describe('The next step.'),
    }),
    errors: ['not_found', 'model_not_found', 'refused'],
    handle: async ({ path: { id }, body: { model } }) => {
      const { credential, mend, test, vendorSays } = await probeProvider(house, id, model)
      const { errorCode, latencyMs, modelId, ok, problem } = test
      return {
        data: {
          ...{ id, ok, modelId, latencyMs, code: errorCode, problem, vendorSays, mend },
          ...credentialOf(credential),
        },
      }
    },
  }),
]

function credentialIn({ accessKeyId, key, sessionToken }: z.output<typeof order>): KeptCredential {
  if (accessKeyId === undefined) return { kind: 'bearer', token: key }
  return { kind: 'aws', accessKeyId, secretAccessKey: key, sessionToken: sessionToken ?? null }
}

function answerOf(house: ControlHouse, { row, ...behind }: ChangedProviderKey) {
  const facts = house.providers?.().find(({ id }) => id === row.provider)
  const note =
    facts?.credential.source === 'sandbox'
      ? 'The sandbox calls its simulator with a key of its own: stored ones are kept and not used.'
      : null
  return {
    data: { id: row.provider, ...versionOf(row), ...behind, note },
    revision: row.revision,
  }
}

const shownActor = (by: Actor | null) => (by === null ? null : { kind: by.kind, id: by.id })

const versionOf = (row: ProviderKeyRow) => ({
  ...{ version: row.version, kind: row.kind, keyLastFour: row.lastFour, revision: row.revision },
  ...{ setAt: instant(row.setAtMs), setBy: shownActor(row.setBy), expiresAt: instantOrNull(row.expiresAtMs) },
  ...{ endedAt: instantOrNull(row.endedAtMs), endedBy: shownActor(row.endedBy) },
})
