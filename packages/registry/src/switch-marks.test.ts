import { conversationId, workspaceId, type SwitchScope } from '@pointsman/contract'
import { beforeAll, expect, test } from 'vitest'
import { markPlaces, switchMarks } from './switch-marks.ts'
import { recordRefusedSwitch, recordSwitch, type SwitchDraft } from './switches.ts'
import { onBothDatabases } from './testing/databases.ts'
import { novaLite, novaPro, testActor } from './testing/sample-registry.ts'

const clinical: SwitchScope = { kind: 'use-case', name: 'clinical' }
const elsewhere: SwitchScope = {
  ...{ kind: 'conversation', workspace: workspaceId('other'), id: conversationId('c-1') },
  ...{ userId: null, useCase: null },
}

const draft = (scope: SwitchScope, type: SwitchDraft['type']): SwitchDraft => ({
  ...{ actor: testActor, action: type === 'auto' ? 'auto_switch' : 'manual_switch', type, scope },
  ...{ from: novaPro, to: novaLite, fromName: null, toName: null, reason: null },
})

onBothDatabases('marks of switches', (registry) => {
  const hourMs = 3_600_000
  const marks = (fromMs: number, toMs: number) =>
    switchMarks(registry.database(), { fromMs, toMs, workspace: 'default' })
  let beganMs = 0

  beforeAll(async () => {
    beganMs = Date.now()
    for (const [scope, type] of [
      [clinical, 'manual'],
      [clinical, 'auto'],
      [elsewhere, 'manual'],
      [{ kind: 'global' }, 'auto'],
    ] as const)
      await registry
        .database()
        .transaction({ purpose: 'registry', actor: testActor }, (transaction) =>
          recordSwitch(transaction, draft(scope, type)),
        )
    await registry
      .database()
      .transaction({ purpose: 'plain' }, (transaction) =>
        recordRefusedSwitch(transaction, draft(clinical, 'manual'), { code: 'refused', message: 'no' }),
      )
  })

  test('what stands on one place is one mark: the newest, how many, and whether a person was among them', async () => {
    const [only, ...others] = await marks(beganMs - 20 * 24 * hourMs, beganMs + 10 * 24 * hourMs)
    expect(others).toEqual([])
    expect(only).toMatchObject({
      ...{ count: 3, type: 'manual', scopeKind: 'global', scopeName: null },
      ...{ from: 'Amazon Nova Pro', to: 'Amazon Nova Lite' },
    })
  })

  test('what can be told apart has a mark of its own; refused ones, those of others and of other times have none', async () => {
    const untilMs = Date.now() + 1
    const told = await marks(beganMs - 1, untilMs)
    expect(told.length).toBeLessThanOrEqual(markPlaces)
    expect(told.reduce((sum, { count }) => sum + count, 0)).toBe(3)
    expect(told.map(({ recordedAtMs }) => recordedAtMs)).toEqual(
      told.map(({ recordedAtMs }) => recordedAtMs).toSorted((one, other) => one - other),
    )
    expect(await marks(beganMs - hourMs, beganMs - 1)).toEqual([])
  })
})
