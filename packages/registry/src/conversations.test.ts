import { setTimeout as sleep } from 'node:timers/promises'
import {
  conversationId,
  defaultWorkspace,
  journalId,
  requestId,
  switchId,
  userId,
  type ClaimedSwitch,
  type PinClaim,
} from '@pointsman/contract'
import { expect, test } from 'vitest'
import { findConversation, listConversations } from './conversations.ts'
import { claimPin } from './pins/claim-pin.ts'
import { findPins } from './pins/find-pins.ts'
import { returnAllConversations, setTargetOfAllConversations } from './pins/move-all.ts'
import {
  clearConversationTarget,
  clearUserTarget,
  setConversationTarget,
  setUserTarget,
} from './pins/set-targets.ts'
import { pinChannel, type Transaction } from './database.ts'
import { openServer } from './server/index.ts'
import { verifyChain } from './switch-chain.ts'
import { latestRevision, rejectRevision } from './revisions.ts'
import { listNotices, listSwitches, settledPlace } from './switches.ts'
import { onBothDatabases } from './testing/databases.ts'
import {
  edit,
  newHaiku,
  newSonnet,
  novaLite,
  novaMicro,
  novaPro,
  testActor,
} from './testing/sample-registry.ts'
import { position, usageRecord } from './testing/sample-usage.ts'
import { ingestBatch, type UsageBatch } from './usage/ingest.ts'

const workspace = defaultWorkspace
const ada = userId('ada')

const claim = (id: string, changes: Partial<PinClaim> = {}): PinClaim => ({
  workspace,
  conversationId: conversationId(id),
  userId: ada,
  useCase: 'clinical',
  modelId: newSonnet,
  claimedAtMs: 1,
  requestId: requestId('request-1'),
  ...changes,
})

onBothDatabases('pins', (registry) => {
  const pins = (id: string, useCase: string | null) =>
    findPins(registry.database(), { workspace, conversationId: conversationId(id), userId: ada, useCase })
  const change = (work: (transaction: Transaction) => Promise<unknown>) =>
    registry.database().transaction({ purpose: 'plain' }, work)

  test('the first claim of a conversation’s use case wins', async () => {
    const database = registry.database()
    expect(await pins('first', 'clinical')).toEqual({ conversation: null, user: null, known: null })
    expect(await claimPin(database, claim('first'))).toEqual({ modelId: newSonnet, switchId: null })
    expect(await claimPin(database, claim('first', { modelId: novaPro }))).toMatchObject({
      modelId: newSonnet,
    })
    expect(await claimPin(database, claim('first', { modelId: novaPro, useCase: 'health' }))).toMatchObject({
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
    await claimPin(database, claim('of-ada'))
    await claimPin(database, claim('of-nobody', { userId: null }))
    for (const id of ['of-ada', 'of-nobody']) {
      const before = await findConversation(database, workspace, conversationId(id))
      for (const useCase of ['clinical', 'health']) {
        const late = claim(id, { userId: mallory, useCase, modelId: novaMicro, ownOnly: true })
        expect(await claimPin(database, late)).toBe('not-own')
      }
      expect(await findConversation(database, workspace, conversationId(id))).toEqual(before)
    }
    expect(await claimPin(database, claim('of-ada', { useCase: 'health', ownOnly: true }))).toMatchObject({
      modelId: newSonnet,
    })
    expect(await claimPin(database, claim('new', { userId: mallory, ownOnly: true }))).toMatchObject({
      modelId: newSonnet,
    })
  })

  test('what comes late through the journal touches nobody else’s conversation', async () => {
    const database = registry.database()
    const grace = userId('grace')
    await claimPin(database, claim('late-ada'))
    const before = await findConversation(database, workspace, conversationId('late-ada'))
    const message = usageRecord('late-grace', Date.now() + 60_000, {
      conversationId: conversationId('late-ada'),
      userId: grace,
      principal: 'user:grace',
      route: 'use-case/health',
      useCase: 'health',
    })
    const batch: UsageBatch = {
      records: [message],
      claims: [
        claim('late-ada', {
          userId: grace,
          useCase: 'health',
          modelId: novaMicro,
          requestId: message.requestId,
          ownOnly: true,
        }),
      ],
      position: { ...position(1), journal: journalId('late') },
    }
    await change((transaction) => ingestBatch(transaction, batch))
    expect(await findConversation(database, workspace, conversationId('late-ada'))).toEqual({
      ...before,
      lastRequestAtMs: message.receivedAtMs,
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
          claimPin(index % 2 === 0 ? registry.database() : other, claim('race', { modelId })),
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
    }
    await claimPin(registry.database(), claim('moved'))
    await claimPin(registry.database(), claim('moved', { useCase: 'health' }))
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
    expect(await claimPin(registry.database(), claim('moved', { useCase: 'new' }))).toMatchObject({
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
    await claimPin(registry.database(), claim('all-1', { useCase: 'operations' }))
    await claimPin(registry.database(), claim('all-2', { useCase: 'operations' }))
    const moved = await change((transaction) =>
      setTargetOfAllConversations(transaction, {
        workspace,
        useCase: 'operations',
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
    }
    await change((transaction) => setConversationTarget(transaction, general))
    await claimPin(registry.database(), claim('began', { useCase: 'platform' }))
    const all = { workspace, useCase: 'platform', modelId: novaPro, switchId: 'sw-p' }
    expect(await change((transaction) => setTargetOfAllConversations(transaction, all))).toBe(2)
    expect((await pins('general', 'platform')).conversation).toEqual({ modelId: novaPro, switchId: 'sw-p' })
    expect((await pins('general', 'health')).conversation?.modelId).toBe(novaMicro)
    expect(await change((transaction) => setTargetOfAllConversations(transaction, all))).toBe(0)
    const back = { ...all, modelId: novaLite, switchId: 'sw-back', reverted: 'sw-p' }
    expect(await change((transaction) => returnAllConversations(transaction, back))).toBe(2)
    expect((await pins('general', 'platform')).conversation).toEqual({
      modelId: novaMicro,
      switchId: 'sw-general',
    })
    expect((await pins('began', 'platform')).conversation?.modelId).toBe(novaLite)
  })

  test('a moved pin is announced, a first claim is not', async () => {
    const database = registry.database()
    const heard: (string | null)[] = []
    const stop = await database.listen(pinChannel, (payload) => heard.push(payload))
    await claimPin(database, claim('quiet'))
    await change((transaction) =>
      setConversationTarget(transaction, {
        workspace,
        id: conversationId('quiet'),
        userId: ada,
        useCase: 'clinical',
        modelId: novaPro,
        switchId: 'sw-q',
      }),
    )
    for (let waited = 0; heard.length === 0 && waited < 100; waited += 1) await sleep(20)
    await stop()
    expect(heard.map((payload) => JSON.parse(payload ?? '') as unknown)).toEqual([
      { workspace, conversationId: 'quiet' },
    ])
  })

  test('conversations are listed last changed first, by page and by user', async () => {
    const database = registry.database()
    await claimPin(database, claim('of-grace', { userId: userId('grace') }))
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

  test('a first message’s switch is recorded once, told when its answer went out, and only if its claim won', async () => {
    const database = registry.database()
    const nowMs = Date.now() + 60_000
    const made = (id: string, proposed = false): PinClaim => ({
      ...claim(id),
      requestId: requestId(`request-${id}`),
      autoSwitch: {
        id: switchId(`auto-request-${id}`),
        from: novaPro,
        to: newSonnet,
        fromName: 'Amazon Nova Pro',
        toName: 'Claude Sonnet',
        reason: 'use case clinical',
        evidence: { told: true },
        notificationTitle: 'Auto-Switching AI Model',
        notificationMessage: 'Replaced Amazon Nova Pro with Claude Sonnet (use case clinical)...',
        proposed,
      },
    })
    await claimPin(database, claim('lost', { modelId: newHaiku }))
    const claims = [{ ...made('won'), won: true }, made('late'), made('lost'), made('proposed', true)]
    await claimPin(database, made('won'))
    const ingest = (batch: UsageBatch) =>
      database.transaction({ purpose: 'registry', actor: testActor }, (transaction) =>
        ingestBatch(transaction, batch),
      )
    const answered = usageRecord('answered', nowMs, {
      face: 'native-chat',
      conversationId: conversationId('late'),
      switchId: 'auto-request-late',
      route: 'use-case/clinical',
    })
    await ingest({ records: [answered], claims, position: position(1, 5) })
    await ingest({ records: [answered], claims, position: position(2, 5) })
    const { data } = await listSwitches(database, { limit: 20, cursor: null, includeRefused: true })
    const recorded = data.filter(({ record }) => record.action === 'auto_switch')
    expect(
      recorded.map(({ record, state, notificationShown }) => [record.id, state, notificationShown]).sort(),
    ).toEqual([
      ['auto-request-late', 'active', true],
      ['auto-request-proposed', 'refused', false],
      ['auto-request-won', 'active', false],
    ])
    expect(recorded[0]?.record).toMatchObject({ actor: { kind: 'rule', id: 'auto-switch' }, type: 'auto' })
    const pin = async (id: string) => (await pins(id, 'clinical')).conversation
    expect(await pin('late')).toEqual({ modelId: newSonnet, switchId: 'auto-request-late' })
    expect(await pin('proposed')).toEqual({ modelId: newSonnet, switchId: null })
    expect((await pin('lost'))?.modelId).toBe(newHaiku)
    // The conversation is in the use case of its latest message, whichever came in last.
    const moved = {
      ...answered,
      requestId: requestId('moved'),
      route: 'use-case/health',
      receivedAtMs: nowMs + 2,
    }
    const late = {
      ...answered,
      requestId: requestId('older'),
      route: 'use-case/clinical',
      receivedAtMs: nowMs + 1,
    }
    await ingest({ records: [late, moved], position: position(3, 5) })
    await ingest({
      records: [{ ...late, requestId: requestId('oldest'), receivedAtMs: nowMs }],
      position: position(4, 5),
    })
    expect((await pins('late', null)).known).toEqual({
      userId: 'ada',
      useCase: 'health',
      modelId: null,
    })
    expect(await verifyChain(database)).toMatchObject({ valid: true })
  })

  test('a first message’s switch is told of although the newest revision was rejected', async () => {
    const database = registry.database()
    await edit(
      database,
      `UPDATE ai_assistants SET model_version = '${novaLite}' WHERE assistant_type = 'health'`,
    )
    const published = await latestRevision(database)
    await database.query(`UPDATE pointsman.revisions SET state = 'published', settled_at = now()`)
    await edit(
      database,
      `UPDATE ai_assistants SET model_version = '${novaPro}' WHERE assistant_type = 'health'`,
    )
    const revision = await latestRevision(database)
    if (revision === null) throw new Error('the edit made no revision')
    const { data: switches } = await listSwitches(database, { limit: 1, cursor: null })
    const sequence = switches[0]?.record.sequence ?? 0
    // Until then it may still be told of, and nobody may be past it.
    expect(await settledPlace(database)).toBe(sequence - 1)
    await change((transaction) => rejectRevision(transaction, { revision, error: 'does not compile' }))
    expect(await settledPlace(database)).toBe(sequence)
    const made: ClaimedSwitch = {
      ...{ id: switchId('auto-rejected'), from: novaPro, to: newSonnet, evidence: {}, proposed: false },
      ...{ fromName: 'Amazon Nova Pro', toName: 'Claude Sonnet', reason: 'use case clinical' },
      ...{ notificationTitle: 'Auto-Switching AI Model', notificationMessage: 'Replaced Amazon Nova Pro' },
    }
    const id = conversationId('after-rejection')
    const claims = [claim(id, { requestId: requestId('after-rejection'), autoSwitch: made })]
    const at = { ...position(1), journal: journalId('after-rejection') }
    await change((transaction) => ingestBatch(transaction, { records: [], claims, position: at }))
    const asked = { workspace, conversationId: id, limit: 10, cursor: null }
    const { data } = await listNotices(database, asked)
    expect(data.map(({ record }) => [record.id, record.revision])).toEqual([[made.id, published]])
  })

  test('a message of somebody in the console, who acts for everybody, tells of the conversation as one of a key does', async () => {
    const database = registry.database()
    const id = conversationId('of-console')
    await claimPin(database, claim(id, { userId: null }))
    const message = usageRecord('of-console-1', Date.now() + 60_000, {
      ...{ conversationId: id, userId: null, principal: 'user:person:grace' },
      ...{ route: 'use-case/health', useCase: 'health' },
    })
    await change((transaction) =>
      ingestBatch(transaction, {
        records: [message],
        position: { ...position(1), journal: journalId('console') },
      }),
    )
    expect(await findConversation(database, workspace, id)).toMatchObject({ useCase: 'health' })
  })

  test('another owner is announced, by SQL or by a message of theirs; the same one is not', async () => {
    const database = registry.database()
    const ids = ['owned-1', 'owned-2', 'owned-3'].map((id) => conversationId(id))
    for (const id of ids) await claimPin(database, claim(id, { userId: null }))
    const [bySql = '', byMessage = ''] = ids
    const heard: (string | null)[] = []
    const stop = await database.listen(pinChannel, (payload) => heard.push(payload))
    const setOwner = `UPDATE ai_conversations SET user_id = 'ann', use_case = 'health' WHERE id = '${bySql}'`
    await edit(database, setOwner)
    await edit(database, setOwner)
    const message = usageRecord('owned', Date.now() + 60_000, {
      ...{ conversationId: conversationId(byMessage), userId: userId('ann'), principal: 'key:app' },
      ...{ route: 'use-case/health', useCase: 'health' },
    })
    const records = [message, { ...message, requestId: requestId('owned-again') }]
    for (const [index, record] of records.entries())
      await change((transaction) =>
        ingestBatch(transaction, {
          ...{ records: [record], position: { ...position(index + 1), journal: journalId('owned') } },
        }),
      )
    await claimPin(database, claim('owned-3', { userId: userId('ann') }))
    for (let waited = 0; heard.length < 3 && waited < 100; waited += 1) await sleep(20)
    await stop()
    expect(heard.map((payload) => JSON.parse(payload ?? '') as unknown)).toEqual(
      ids.map((id) => ({ workspace, conversationId: id })),
    )
  })

  // Joined in one way or the other, they come in the order of the lines or in the reverse.
  test.each(['on', 'off'])(
    'of answers in one millisecond the last line tells of the conversation (hash joins %s)',
    async (hashJoins) => {
      const ids = ['1', '2', '3'].map((id) => conversationId(`at-once-${hashJoins}-${id}`))
      for (const id of ids) await claimPin(registry.database(), claim(id, { userId: null }))
      const atMs = Date.now() + 60_000
      const records = Array.from({ length: 50 }, (_, line) =>
        usageRecord(`at-once-${hashJoins}-${line}`, atMs, {
          ...{ conversationId: ids[line % ids.length] ?? null, userId: null },
          ...{ route: `use-case/of-line-${line}`, useCase: `of-line-${line}` },
        }),
      )
      const batch = { records, position: { ...position(1), journal: journalId(`at-once-${hashJoins}`) } }
      await change(async (transaction) => {
        await transaction.script(`SET LOCAL enable_hashjoin = ${hashJoins}; SET LOCAL enable_mergejoin = off`)
        await ingestBatch(transaction, batch)
      })
      const found = await Promise.all(ids.map((id) => findConversation(registry.database(), workspace, id)))
      const useCases = found.map((conversation) => conversation?.useCase)
      expect(useCases).toEqual(['of-line-48', 'of-line-49', 'of-line-47'])
    },
  )

  // The embedded database has one connection.
  if (registry.kind === 'server')
    test('a conversation that another one claims while records are stored is told of', async () => {
      const id = conversationId('claimed-meanwhile')
      const records = [
        usageRecord('meanwhile', Date.now() + 60_000, { conversationId: id, route: 'default' }),
      ]
      await change(async (transaction) => {
        const meanwhile: Transaction = {
          ...{ script: (text) => transaction.script(text) },
          query: async (text, values) => {
            const result = await transaction.query(text, values)
            if (text.includes('usage_records')) await claimPin(registry.database(), claim(id))
            return result
          },
        }
        await ingestBatch(meanwhile, {
          ...{ records, position: { ...position(1), journal: journalId('meanwhile') } },
        })
      })
      expect(await findConversation(registry.database(), workspace, id)).toMatchObject({ useCase: 'default' })
    })
})
