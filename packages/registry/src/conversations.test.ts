import { conversationId, defaultWorkspace, userId } from '@pointsman/contract'
import { expect, test } from 'vitest'
import { findConversation, listConversations } from './conversations.ts'
import { pinChannel, type Transaction } from './database.ts'
import { claimPin } from './pins/claim-pin.ts'
import { findPins } from './pins/find-pins.ts'
import { returnAllConversations, setTargetOfAllConversations } from './pins/move-all.ts'
import {
  clearConversationTarget,
  clearUserTarget,
  setConversationTarget,
  setUserTarget,
} from './pins/set-targets.ts'
import { openServer } from './server/index.ts'
import { onBothDatabases } from './testing/databases.ts'
import { newHaiku, newSonnet, novaLite, novaMicro, novaPro } from './testing/sample-registry.ts'
import { pinClaim } from './testing/sample-usage.ts'

const workspace = defaultWorkspace
const ada = userId('ada')

onBothDatabases('pins', (registry) => {
  const pins = (id: string, useCase: string | null) =>
    findPins(registry.database(), { workspace, conversationId: conversationId(id), userId: ada, useCase })
  const change = (work: (transaction: Transaction) => Promise<unknown>) =>
    registry.database().transaction({ purpose: 'plain' }, work)

  test('the first claim of a conversation’s use case wins', async () => {
    const database = registry.database()
    expect(await pins('first', 'clinical')).toEqual({ conversation: null, user: null, known: null })
    expect(await claimPin(database, pinClaim('first'))).toEqual({ modelId: newSonnet, switchId: null })
    expect(await claimPin(database, pinClaim('first', { modelId: novaPro }))).toMatchObject({
      modelId: newSonnet,
    })
    expect(
      await claimPin(database, pinClaim('first', { modelId: novaPro, useCase: 'health' })),
    ).toMatchObject({
      modelId: novaPro,
    })
    expect((await pins('first', 'clinical')).conversation?.modelId).toBe(newSonnet)
    expect((await pins('first', 'operations')).conversation).toBeNull()
    expect(await findConversation(database, workspace, conversationId('first'))).toMatchObject({
      userId: ada,
      useCase: 'health',
      pins: [
        { useCase: 'clinical', modelId: newSonnet, switchId: null },
        { useCase: 'health', modelId: novaPro, switchId: null },
      ],
    })
  })

  test('a signed-in user claims nothing in a conversation that is not theirs', async () => {
    const database = registry.database()
    const mallory = userId('mallory')
    await claimPin(database, pinClaim('of-ada'))
    await claimPin(database, pinClaim('of-nobody', { userId: null }))
    for (const id of ['of-ada', 'of-nobody']) {
      const before = await findConversation(database, workspace, conversationId(id))
      for (const useCase of ['clinical', 'health']) {
        const late = pinClaim(id, { userId: mallory, useCase, modelId: novaMicro, ownOnly: true })
        expect(await claimPin(database, late)).toBe('not-own')
      }
      expect(await findConversation(database, workspace, conversationId(id))).toEqual(before)
    }
    expect(await claimPin(database, pinClaim('of-ada', { useCase: 'health', ownOnly: true }))).toMatchObject({
      modelId: newSonnet,
    })
    expect(await claimPin(database, pinClaim('new', { userId: mallory, ownOnly: true }))).toMatchObject({
      modelId: newSonnet,
    })
  })

  // The embedded database has one connection.
  if (registry.kind === 'server')
    test('of many claims at once one wins, and all are told which', async () => {
      const url = registry.url() ?? ''
      const other = await openServer({ url })
      const models = [novaPro, novaLite, novaMicro, newSonnet, newHaiku]
      const told = await Promise.all(
        models.map((modelId, index) =>
          claimPin(index % 2 === 0 ? registry.database() : other, pinClaim('race', { modelId })),
        ),
      )
      expect(new Set(told.map((pin) => JSON.stringify(pin))).size).toBe(1)
      expect((await pins('race', 'clinical')).conversation).toEqual(told[0])
      await other.close()
    })

  test('a switch of a use case moves that pin, one without a use case moves all', async () => {
    const target = {
      workspace,
      id: conversationId('moved'),
      userId: ada,
      modelId: novaLite,
      switchId: 'sw-1',
      ownOnly: false,
    }
    await claimPin(registry.database(), pinClaim('moved'))
    await claimPin(registry.database(), pinClaim('moved', { useCase: 'health' }))
    await change((transaction) => setConversationTarget(transaction, { ...target, useCase: 'clinical' }))
    expect((await pins('moved', 'clinical')).conversation).toEqual({ modelId: novaLite, switchId: 'sw-1' })
    expect((await pins('moved', 'health')).conversation?.modelId).toBe(newSonnet)
    await change((transaction) =>
      setConversationTarget(transaction, { ...target, useCase: null, modelId: novaMicro, switchId: 'sw-2' }),
    )
    for (const useCase of ['clinical', 'health', 'new', null]) {
      expect((await pins('moved', useCase)).conversation, String(useCase)).toEqual({
        modelId: novaMicro,
        switchId: 'sw-2',
      })
    }
    expect(await claimPin(registry.database(), pinClaim('moved', { useCase: 'new' }))).toMatchObject({
      modelId: novaMicro,
    })
    await change((transaction) =>
      setConversationTarget(transaction, {
        ...target,
        useCase: 'clinical',
        modelId: novaPro,
        switchId: 'sw-3',
      }),
    )
    expect((await pins('moved', 'clinical')).conversation?.switchId).toBe('sw-3')
    expect((await pins('moved', 'health')).conversation?.switchId).toBe('sw-2')
    expect(
      await change((transaction) => clearConversationTarget(transaction, { ...target, useCase: null })),
    ).toBe(true)
    expect(
      await change((transaction) => clearConversationTarget(transaction, { ...target, useCase: null })),
    ).toBe(false)
    expect((await pins('moved', 'clinical')).conversation).toBeNull()
  })

  test('a user’s target stands beside the conversation’s', async () => {
    await change((transaction) =>
      setUserTarget(transaction, { workspace, id: ada, modelId: novaPro, switchId: 'sw-u' }),
    )
    expect((await pins('nobody', null)).user).toEqual({ modelId: novaPro, switchId: 'sw-u' })
    expect(await change((transaction) => clearUserTarget(transaction, { workspace, id: ada }))).toBe(true)
    expect((await pins('nobody', null)).user).toBeNull()
  })

  test('all conversations of a use case can be moved at once', async () => {
    await claimPin(registry.database(), pinClaim('all-1', { useCase: 'operations' }))
    await claimPin(registry.database(), pinClaim('all-2', { useCase: 'operations' }))
    const moved = await change((transaction) =>
      setTargetOfAllConversations(transaction, {
        workspace,
        routes: ['operations'],
        agents: [],
        modelId: novaMicro,
        switchId: 'sw-all',
      }),
    )
    expect(moved).toBe(2)
    expect((await pins('all-1', 'operations')).conversation).toEqual({
      modelId: novaMicro,
      switchId: 'sw-all',
    })
  })

  test('a conversation that was switched for all use cases moves in this one only, and returns', async () => {
    const general = {
      workspace,
      id: conversationId('general'),
      userId: ada,
      useCase: null,
      modelId: novaMicro,
      switchId: 'sw-general',
      ownOnly: false,
    }
    await change((transaction) => setConversationTarget(transaction, general))
    await claimPin(registry.database(), pinClaim('began', { useCase: 'platform' }))
    const all = { workspace, routes: ['platform'], agents: [], modelId: novaPro, switchId: 'sw-p' }
    expect(await change((transaction) => setTargetOfAllConversations(transaction, all))).toBe(2)
    expect((await pins('general', 'platform')).conversation).toEqual({ modelId: novaPro, switchId: 'sw-p' })
    expect((await pins('general', 'health')).conversation?.modelId).toBe(novaMicro)
    expect(await change((transaction) => setTargetOfAllConversations(transaction, all))).toBe(0)
    const back = { ...all, modelId: novaLite, switchId: 'sw-back', reverted: 'sw-p' }
    expect(await change((transaction) => returnAllConversations(transaction, back))).toBe(2)
    expect((await pins('general', 'platform')).conversation).toEqual({
      modelId: novaMicro,
      switchId: 'sw-back',
    })
    expect((await pins('general', 'health')).conversation?.switchId).toBe('sw-general')
    expect((await pins('began', 'platform')).conversation?.modelId).toBe(novaLite)
  })

  test('a moved pin is announced, a first claim is not', async () => {
    const database = registry.database()
    const heard: (string | null)[] = []
    const stop = await database.listen(pinChannel, (payload) => heard.push(payload))
    await claimPin(database, pinClaim('quiet'))
    await change((transaction) =>
      setConversationTarget(transaction, {
        workspace,
        id: conversationId('quiet'),
        userId: ada,
        useCase: 'clinical',
        modelId: novaPro,
        switchId: 'sw-q',
        ownOnly: false,
      }),
    )
    await expect.poll(() => heard.length).toBeGreaterThan(0)
    await stop()
    expect(heard.map((payload) => JSON.parse(payload ?? '') as unknown)).toEqual([
      { workspace, conversationId: 'quiet' },
    ])
  })

  test('conversations are listed last changed first, by page and by user', async () => {
    const database = registry.database()
    await claimPin(database, pinClaim('of-grace', { userId: userId('grace') }))
    const first = await listConversations(database, { workspace, limit: 3, cursor: null })
    const second = await listConversations(database, { workspace, limit: 3, cursor: first.nextCursor })
    expect(first.data[0]?.id).toBe('of-grace')
    expect(new Set([...first.data, ...second.data].map((row) => row.id)).size).toBe(6)
    const own = await listConversations(database, {
      workspace,
      userId: userId('grace'),
      limit: 3,
      cursor: null,
    })
    expect(own.data.map((row) => row.id)).toEqual(['of-grace'])
  })
})
