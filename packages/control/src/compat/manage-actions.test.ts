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
const sonnet35 = 'anthropic.claude-3-5-sonnet-20241022-v2:0'

describe.each(databaseKinds)('manage-bedrock-models on %s', (kind) => {
  let at: TestControl
  const ends: (() => Promise<void>)[] = []
  beforeAll(async () => {
    const opened = await openTestDatabase(kind)
    at = await startControl(opened.database)
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
  const model = async (id: string) =>
    (await at.manage({ action: 'list' })).body.data.models.find((item) => item.model_id === id)

  test('list has the seeds’ columns, disabled models too', async () => {
    expect(await model(pro)).toMatchObject({
      model_id: pro,
      model_name: 'Amazon Nova Pro',
      is_default: true,
      is_available: true,
      input_cost_per_mtok: 1.05,
      output_cost_per_mtok: 4.2,
      max_tokens: 10_000,
      format: 'nova',
    })
  })

  test('default prints the bare id and the name', async () => {
    expect((await at.manage({ action: 'default' })).body).toEqual({
      success: true,
      action: 'default',
      data: { model_id: pro, model_name: 'Amazon Nova Pro' },
    })
  })

  test('set-default moves the default and tells what was before; the way back is one more', async () => {
    const there = await at.manage({ action: 'set-default', model_id: sonnet35 })
    expect(there.status).toBe(200)
    expect(there.body.data).toMatchObject({
      model_id: sonnet35,
      model_name: 'Claude 3.5 Sonnet',
      previous: pro,
      is_default: true,
    })
    expect(there.body.data.warnings.join()).toContain('end of life')
    expect((await at.manage({ action: 'default' })).body.data.model_id).toBe(sonnet35)
    expect(await model(pro)).toMatchObject({ is_default: false, is_available: true })
    const back = await at.manage({ action: 'set-default', modelId: pro })
    expect(back.body.data).toMatchObject({ model_id: pro, previous: sonnet35 })
  })

  test('disable and enable change one model; a disabled model cannot be switched to', async () => {
    const off = await at.manage({ action: 'disable', model_id: sonnet35 })
    expect(off.body.data).toMatchObject({ model_id: sonnet35, is_available: false, moves: [] })
    expect(await model(sonnet35)).toMatchObject({ is_available: false })
    expect((await at.orchestrate({ action: 'list-all' })).body.data.models.map(({ id }) => id)).not.toContain(
      sonnet35,
    )
    expect(
      (await at.orchestrate({ action: 'list-all', includeDisabled: true })).body.data.models.map(
        ({ id }) => id,
      ),
    ).toContain(sonnet35)
    const refused = await at.orchestrate({ action: 'switch', modelId: sonnet35 })
    expect(refused.status).toBe(409)
    expect(refused.body.error).toMatchObject({
      code: 'model_not_available',
      message: expect.stringMatching(/^Model not available: /) as string,
    })
    const on = await at.manage({ action: 'enable', model_id: sonnet35 })
    expect(on.body.data).toMatchObject({ model_id: sonnet35, is_available: true })
    expect((await at.orchestrate({ action: 'switch', modelId: sonnet35, dryRun: true })).status).toBe(200)
  })

  test('disabling a target moves its routes by recorded switches', async () => {
    const off = await at.manage({ action: 'disable', model_id: micro, reason: 'too small' })
    expect(off.body.data.moves).toEqual([{ kind: 'use-case', name: 'operations', from: micro, to: pro }])
    const [last] = (await at.ask('/api/v1/switches?limit=1')).body.data
    expect(last).toMatchObject({
      scopeText: 'use-case/operations',
      fromId: micro,
      toId: pro,
      action: 'manual_switch',
      reason: 'too small',
      state: 'active',
    })
    expect((await at.ask('/api/v1/use-cases/operations')).body).toMatchObject({
      target: pro,
      switchId: last.id,
    })
    const back = await at.ask(`/api/v1/switches/${last.id}/revert`, { body: {} })
    expect(back.status).toBe(409)
    await at.manage({ action: 'enable', model_id: micro })
    expect((await at.ask(`/api/v1/switches/${last.id}/revert`, { body: {} })).body).toMatchObject({
      switched: true,
      toId: micro,
    })
  })

  test('set-default of a disabled model enables it', async () => {
    await at.manage({ action: 'disable', model_id: lite })
    const { body } = await at.manage({ action: 'set-default', model_id: lite })
    expect(body.data).toMatchObject({ model_id: lite, previous: pro, is_default: true })
    expect(await model(lite)).toMatchObject({ is_default: true, is_available: true })
    await at.manage({ action: 'set-default', model_id: pro })
  })

  test('the only usable model of a route cannot be disabled, and the routes are named', async () => {
    await at.ask('/api/v1/use-cases/lonely', {
      method: 'PUT',
      body: { candidates: [{ modelId: sonnet35, weight: 1 }], fallbacks: [] },
    })
    await at.orchestrate({ action: 'switch', modelId: sonnet35, useCase: 'lonely' })
    const refused = await at.manage({ action: 'disable', model_id: sonnet35 })
    expect(refused.status).toBe(409)
    expect(refused.body.error.code).toBe('last_usable_model')
    expect(refused.body.error.message).toContain('lonely')
    expect(await model(sonnet35)).toMatchObject({ is_available: true })
    const [recorded] = (await at.ask('/api/v1/switches?includeRefused=true&limit=1')).body.data
    expect(recorded).toMatchObject({
      state: 'refused',
      refusal: { code: 'last_usable_model' },
      fromId: sonnet35,
    })
  })

  test('validate is the same as in the other endpoint', async () => {
    const here = await at.manage({ action: 'validate', model_id: sonnet35 })
    const there = await at.orchestrate({ action: 'validate', modelId: sonnet35 })
    expect(here.body).toEqual(there.body)
    expect(here.body.data).toMatchObject({ valid: true, exists: true })
  })
})
