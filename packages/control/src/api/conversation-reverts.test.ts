import { conversationId, defaultWorkspace, modelId, requestId } from '@pointsman/contract'
import { claimPin, type Database } from '@pointsman/registry'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { databaseKinds, openTestDatabase, startControl, type TestControl } from '../testing/start-control.ts'

const pro = 'eu.amazon.nova-pro-v1:0'
const lite = 'eu.amazon.nova-lite-v1:0'
const micro = 'eu.amazon.nova-micro-v1:0'

describe.each(databaseKinds)('taking back a conversation’s switch on %s', (kind) => {
  let at: TestControl
  let database: Database
  const ends: (() => Promise<void>)[] = []
  beforeAll(async () => {
    const opened = await openTestDatabase(kind)
    database = opened.database
    at = await startControl(database)
    ends.push(() => at.stop(), opened.drop)
  })
  afterAll(async () => {
    for (const end of ends) await end()
  })

  const move = async (conversation: string, to: string, useCase?: string): Promise<string> => {
    const scope = { conversationId: conversation, ...(useCase === undefined ? {} : { useCase }) }
    const { body } = await at.ask('/api/v1/switches', { body: { modelId: to, ...scope } })
    expect(body).toMatchObject({ switched: true })
    return body.switchId
  }
  const revert = async (id: string) => (await at.ask(`/api/v1/switches/${id}/revert`, { body: {} })).body
  const pins = async (conversation: string) => {
    const { body } = await at.ask(`/api/v1/conversations/${conversation}`)
    return Object.fromEntries(body.pins.map((pin) => [pin.useCase, pin.modelId]))
  }

  test('one of a use case that a switch of the whole conversation cleared moves nothing, and says so', async () => {
    const narrow = await move('covered', micro, 'clinical')
    await move('covered', pro)
    expect(await revert(narrow)).toMatchObject({ switched: false, fromId: pro, toId: pro })
    expect(await pins('covered')).toEqual({ '*': pro })
  })

  test('one of the whole conversation gives each use case back what it had', async () => {
    await move('narrow', micro, 'clinical')
    const whole = await move('narrow', pro)
    const back = await revert(whole)
    expect(back).toMatchObject({ switched: true, fromId: pro, toId: micro })
    expect(back.notification.message).toBe(
      'Switched back from Amazon Nova Pro: each use case of this conversation has its own model again, Amazon Nova Micro in clinical...',
    )
    expect(await pins('narrow')).toEqual({ clinical: micro })
    // Its own way back leads to what it found.
    expect(await revert(back.switchId)).toMatchObject({ switched: true, fromId: micro, toId: pro })
    expect(await pins('narrow')).toEqual({ '*': pro })
  })

  test('one of the whole conversation restores the model of all use cases beside those of some', async () => {
    await move('both', lite)
    await move('both', micro, 'clinical')
    const whole = await move('both', pro)
    const back = await revert(whole)
    expect(back).toMatchObject({ switched: true, fromId: pro, toId: lite })
    expect(back.notification.message).toBe(
      'Switched back from Amazon Nova Pro to Amazon Nova Lite for every use case of this conversation but clinical (Amazon Nova Micro)...',
    )
    expect(await pins('both')).toEqual({ '*': lite, clinical: micro })
  })

  test('what cannot be chosen any more stays away, and is told', async () => {
    const claim = { workspace: defaultWorkspace, conversationId: conversationId('left'), userId: null }
    await claimPin(database, {
      ...{ ...claim, useCase: 'clinical', modelId: modelId('a-model-of-yesterday') },
      ...{ claimedAtMs: 1, requestId: requestId('request-left') },
    })
    const back = await revert(await move('left', pro))
    expect(back.warnings.join()).toContain('clinical had a-model-of-yesterday, which it does not get back')
    expect(await pins('left')).toEqual({})
  })

  test('a use case keeps what the whole conversation had, where its own switch is taken back', async () => {
    await move('general', lite)
    const narrow = await move('general', micro, 'clinical')
    expect(await revert(narrow)).toMatchObject({ switched: true, fromId: micro, toId: lite })
    expect(await pins('general')).toEqual({ '*': lite })
  })
})
