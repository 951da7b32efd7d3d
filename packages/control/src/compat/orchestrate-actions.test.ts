import type { Database } from '@pointsman/registry'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  databaseKinds,
  joinReplica,
  openTestDatabase,
  startControl,
  type TestControl,
} from '../testing/start-control.ts'

const pro = 'eu.amazon.nova-pro-v1:0'
const lite = 'eu.amazon.nova-lite-v1:0'
const micro = 'eu.amazon.nova-micro-v1:0'
const sonnet = 'eu.anthropic.claude-sonnet-5-5'
const haiku = 'eu.anthropic.claude-haiku-5-5'
const sonnet35 = 'anthropic.claude-3-5-sonnet-20241022-v2:0'

/** The rows of the seeds' own table. */
async function switchRows(database: Database): Promise<readonly Record<string, unknown>[]> {
  const { rows } = await database.query(
    `SELECT user_id, conversation_id, previous_model_id, new_model_id, switch_action, switch_type, reason,
       notification_shown, notification_title, cost_impact_estimated
     FROM bedrock_model_switches ORDER BY timestamp DESC, id DESC`,
  )
  return rows
}

describe.each(databaseKinds)('orchestrate-bedrock-models on %s', (kind) => {
  let at: TestControl
  let database: Database
  const ends: (() => Promise<void>)[] = []
  beforeAll(async () => {
    const opened = await openTestDatabase(kind)
    database = opened.database
    at = await startControl(database)
    const replica = await joinReplica(at.control, 'replica-1')
    ends.push(
      () => replica.leave(),
      () => at.stop(),
      opened.drop,
    )
  })
  afterAll(async () => {
    for (const end of ends) await end()
  })

  test('list-all gives the catalogue with the fields of the seed, those past their end last', async () => {
    const { status, body } = await at.orchestrate({ action: 'list-all' })
    expect(status).toBe(200)
    expect(body).toMatchObject({ success: true, action: 'list-all' })
    expect(body.data.total).toBe(body.data.models.length)
    expect(body.data.models.find(({ id }) => id === pro)).toMatchObject({
      model_id: pro,
      name: 'Amazon Nova Pro',
      provider: 'amazon',
      servedBy: 'bedrock',
      maxTokens: 10_000,
      inputCostPerMTok: 1.05,
      outputCostPerMTok: 4.2,
      isAvailable: true,
      isDefault: true,
      lifecycle: 'active',
      format: 'nova',
    })
    const ended = body.data.models.map(({ lifecycle }) => lifecycle === 'eol')
    expect(ended.indexOf(true)).toBeGreaterThan(0)
    expect(ended.slice(ended.indexOf(true)).every(Boolean)).toBe(true)
    expect(body.data.models.find(({ id }) => id === sonnet35)).toMatchObject({
      name: 'Claude 3.5 Sonnet',
      lifecycle: 'eol',
    })
  })

  test('get-for-use-case ranks the use case’s models, each with why', async () => {
    const { body } = await at.orchestrate({ action: 'get-for-use-case', useCase: 'clinical' })
    expect(body.data.models.map(({ id }) => id)[0]).toBe(sonnet)
    expect(body.data.models[0]).toMatchObject({ passed: true, serves: true })
    expect(body.data.models.every(({ why }) => why.length > 0)).toBe(true)
    // Past its end of life: never chosen automatically, but listed and told.
    expect(body.data.models.at(-1)).toMatchObject({
      id: sonnet35,
      passed: false,
      why: expect.stringContaining('end of life') as string,
    })
  })

  test('validate tells what a switch would meet; a probe is one call more', async () => {
    const known = await at.orchestrate({ action: 'validate', modelId: pro })
    expect(known.body.data).toMatchObject({
      valid: true,
      exists: true,
      available: true,
      lifecycle: 'active',
      problems: [],
    })
    expect(known.body.data.capabilities).toMatchObject({ tools: true, contextTokens: 300_000 })
    expect(known.body.data.probe).toBeUndefined()
    const probed = await at.orchestrate({ action: 'validate', model_id: pro, probe: true })
    expect(probed.body.data).toMatchObject({ valid: true, probe: { ok: true, latencyMs: 12 } })
    const unknown = await at.orchestrate({ action: 'validate', modelId: 'eu.amazon.nova-prp-v1:0' })
    expect(unknown.status).toBe(200)
    expect(unknown.body.data).toMatchObject({ valid: false, exists: false, available: false })
    expect(unknown.body.data.problems[0]).toMatch(/^Model not found: eu\.amazon\.nova-prp-v1:0.*nova-pro/)
    const ended = await at.orchestrate({ action: 'validate', modelId: sonnet35 })
    expect(ended.body.data).toMatchObject({ valid: true, lifecycle: 'eol' })
    expect(ended.body.data.problems.join()).toContain('2026-07-30')
  })

  test('a dry run tells all and changes nothing', async () => {
    const before = await at.ask('/api/v1/revisions')
    const { body } = await at.orchestrate({
      action: 'switch',
      modelId: lite,
      dryRun: true,
      reason: 'only looking',
    })
    expect(body.data).toMatchObject({
      switched: false,
      dryRun: true,
      switchId: null,
      from: 'Amazon Nova Pro',
      to: 'Amazon Nova Lite',
      fromId: pro,
      toId: lite,
    })
    expect(body.data.masks).toEqual(['use-case/clinical', 'use-case/health', 'use-case/operations'])
    expect((await at.ask('/api/v1/revisions')).body).toEqual(before.body)
    expect(await switchRows(database)).toEqual([])
    expect((await at.manage({ action: 'default' })).body.data.model_id).toBe(pro)
  })

  test('a manual switch without a scope moves the default, is recorded and acknowledged', async () => {
    const { status, body } = await at.orchestrate({
      action: 'switch',
      modelId: lite,
      reason: 'Cost optimization',
    })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      success: true,
      action: 'switch',
      data: {
        switched: true,
        from: 'Amazon Nova Pro',
        to: 'Amazon Nova Lite',
        scope: { kind: 'global' },
        pending: [],
        costImpactEstimated: 0,
      },
      notification: {
        title: 'Switching AI Model',
        type: 'manual',
        modelName: 'Amazon Nova Lite',
        modelId: lite,
      },
    })
    expect(body.notification.message).toContain('Cost optimization')
    const shown = await at.ask(`/api/v1/switches/${body.data.switchId}`)
    expect(shown.body).toMatchObject({
      state: 'active',
      actor: { kind: 'service', id: 'service' },
      revision: { number: body.data.revision },
      reason: 'Cost optimization',
      fromId: pro,
      toId: lite,
      notificationShown: true,
    })
    expect((await switchRows(database))[0]).toMatchObject({
      user_id: null,
      previous_model_id: pro,
      new_model_id: lite,
      switch_action: 'manual_switch',
      switch_type: 'manual',
      notification_shown: true,
    })
    expect((await at.manage({ action: 'default' })).body.data.model_id).toBe(lite)
  })

  test('switching to what is set already records nothing and says so', async () => {
    const rows = (await switchRows(database)).length
    const { body } = await at.orchestrate({ action: 'switch', modelId: lite })
    expect(body.data).toMatchObject({
      switched: false,
      switchId: null,
      from: 'Amazon Nova Lite',
      to: 'Amazon Nova Lite',
    })
    expect(body.notification.message).toContain('already serves')
    expect((await switchRows(database)).length).toBe(rows)
  })

  test('a conversation is switched for itself, with its owner, in both spellings', async () => {
    const { body } = await at.orchestrate({
      action: 'switch',
      modelId: lite,
      conversationId: 'conv-123',
      userId: 'user-456',
      useCase: 'clinical',
      reason: 'Cost optimization',
      showNotification: true,
    })
    expect(body.data).toMatchObject({
      switched: true,
      from: 'Claude Sonnet 5.5 (EU)',
      to: 'Amazon Nova Lite',
    })
    expect(body.data.scope).toMatchObject({
      kind: 'conversation',
      id: 'conv-123',
      userId: 'user-456',
      useCase: 'clinical',
    })
    const again = await at.orchestrate({
      action: 'switch',
      model_id: micro,
      conversation_id: 'conv-123',
      use_case: 'clinical',
      show_notification: false,
    })
    expect(again.body.data).toMatchObject({
      switched: true,
      from: 'Amazon Nova Lite',
      to: 'Amazon Nova Micro',
    })
    expect(again.body.data.scope.userId).toBe('user-456')
    expect(again.body.notification).toBeUndefined()
    const [row] = await switchRows(database)
    expect(row).toMatchObject({
      conversation_id: 'conv-123',
      user_id: 'user-456',
      previous_model_id: lite,
      notification_shown: false,
    })
  })

  test('a user, an agent, a use case, a role and an assistant type are scopes of their own', async () => {
    const user = await at.orchestrate({ action: 'switch', modelId: micro, userId: 'user-9' })
    expect(user.body.data.scope).toMatchObject({ kind: 'user', id: 'user-9' })
    await at.ask('/api/v1/agents/sql_agent', { method: 'PUT', body: {} })
    const agent = await at.orchestrate({ action: 'switch', modelId: micro, agent: 'sql_agent' })
    expect(agent.body.data.scope).toEqual({ kind: 'agent', name: 'sql_agent' })
    const role = await at.orchestrate({ action: 'switch', modelId: pro, role: 'patient' })
    expect(role.body.data).toMatchObject({
      scope: { kind: 'use-case', name: 'health' },
      from: 'Amazon Nova Lite',
      to: 'Amazon Nova Pro',
    })
    const assistant = await at.orchestrate({ action: 'switch', modelId: lite, assistantType: 'health' })
    expect(assistant.body.data).toMatchObject({
      scope: { kind: 'use-case', name: 'health' },
      to: 'Amazon Nova Lite',
    })
    const both = await at.orchestrate({
      action: 'switch',
      modelId: lite,
      useCase: 'clinical',
      role: 'patient',
    })
    expect(both.status).toBe(400)
    expect(both.body.error).toMatchObject({ code: 'invalid_request', field: 'role' })
  })

  test('auto-switch moves a use case to its best model, and says when the best serves already', async () => {
    const best = await at.orchestrate({ action: 'auto-switch', useCase: 'clinical' })
    expect(best.body.data).toMatchObject({
      switched: false,
      toId: sonnet,
      scope: { kind: 'use-case', name: 'clinical' },
    })
    expect(best.body.notification).toMatchObject({
      title: 'Auto-Switching AI Model',
      type: 'auto',
      modelId: sonnet,
    })
    expect(best.body.notification.message).toContain('already serves')
    const cheap = await at.orchestrate({
      action: 'auto-switch',
      useCase: 'clinical',
      objective: 'cost',
      exclude: [sonnet],
    })
    expect(cheap.body.data).toMatchObject({ switched: true, fromId: sonnet, toId: haiku })
    expect(cheap.body.data.ranking.map(({ model }) => model)).toContain(sonnet)
    expect((await switchRows(database))[0]).toMatchObject({
      switch_action: 'auto_switch',
      switch_type: 'auto',
      new_model_id: haiku,
    })
    const back = await at.orchestrate({
      action: 'auto-switch',
      useCase: 'clinical',
      conversationId: 'conv-9',
      userId: 'u',
      showNotification: true,
      reason: 'Primary model rate-limited',
    })
    expect(back.body.data).toMatchObject({
      switched: true,
      toId: sonnet,
      scope: { kind: 'conversation', id: 'conv-9' },
    })
    expect((await at.orchestrate({ action: 'auto-switch' })).body.error).toMatchObject({
      code: 'invalid_request',
      field: 'useCase',
    })
  })

  test('a use case may only propose, or not switch by itself at all', async () => {
    await at.ask('/api/v1/use-cases/operations', { method: 'PUT', body: { autoSwitch: 'propose' } })
    const proposed = await at.orchestrate({ action: 'auto-switch', useCase: 'operations', exclude: [micro] })
    expect(proposed.body.data).toMatchObject({ switched: false, fromId: micro })
    expect(proposed.body.data.warnings[0]).toContain('only proposes')
    const recorded = await at.ask('/api/v1/switches?includeRefused=true&limit=1')
    expect(recorded.body.data[0]).toMatchObject({
      state: 'refused',
      refusal: { code: 'proposed' },
      revision: null,
      fromId: micro,
    })
    await at.ask('/api/v1/use-cases/operations', { method: 'PUT', body: { autoSwitch: 'off' } })
    const off = await at.orchestrate({ action: 'auto-switch', useCase: 'operations', exclude: [micro] })
    expect(off.status).toBe(409)
    expect(off.body.error.code).toBe('refused')
  })

  test('fallback-switch moves to the first usable fallback', async () => {
    await at.orchestrate({ action: 'switch', modelId: sonnet, useCase: 'clinical' })
    const { body } = await at.orchestrate({
      action: 'fallback-switch',
      useCase: 'clinical',
      reason: 'Rate limit exceeded on primary model',
    })
    expect(body.data).toMatchObject({ switched: true, fromId: sonnet, toId: haiku })
    expect((await switchRows(database))[0]).toMatchObject({
      switch_action: 'fallback_switch',
      switch_type: 'auto',
    })
    const global = await at.orchestrate({
      action: 'fallback-switch',
      reason: 'Rate limit exceeded on primary model',
    })
    expect(global.body.data).toMatchObject({ switched: true, fromId: lite, toId: pro })
  })

  test('clear-cache makes every replica reload', async () => {
    const { body } = await at.orchestrate({ action: 'clear-cache' })
    expect(body.data).toMatchObject({ cleared: true, pending: [] })
    const replicas = await at.ask('/api/v1/replicas')
    expect(replicas.body.data[0]).toMatchObject({ revision: { number: body.data.revision } })
  })

  test('a switch to a model past its end works and warns; under the rule "block" it is refused', async () => {
    const warned = await at.orchestrate({ action: 'switch', modelId: sonnet35, useCase: 'clinical' })
    expect(warned.body.data).toMatchObject({ switched: true, to: 'Claude 3.5 Sonnet' })
    expect(warned.body.data.warnings.join()).toContain('end of life')
    await at.ask('/api/v1/use-cases/health', { method: 'PUT', body: { lifecycleRule: 'block' } })
    const blocked = await at.orchestrate({ action: 'switch', modelId: sonnet35, useCase: 'health' })
    expect(blocked.status).toBe(409)
    expect(blocked.body.error.code).toBe('lifecycle_blocked')
  })

  test('after all this the chain of records verifies', async () => {
    const { body } = await at.ask('/api/v1/switches/verify')
    expect(body).toMatchObject({ valid: true })
    expect(body.count).toBeGreaterThan(10)
  })
})
