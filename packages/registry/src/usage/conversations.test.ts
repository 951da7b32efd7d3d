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
import { findConversation } from '../conversations.ts'
import { pinChannel, type Transaction } from '../database.ts'
import { claimPin } from '../pins/claim-pin.ts'
import { findPins } from '../pins/find-pins.ts'
import { latestRevision, rejectRevision } from '../revisions.ts'
import { verifyChain } from '../switch-chain.ts'
import { listNotices, listSwitches, settledPlace } from '../switches.ts'
import { onBothDatabases } from '../testing/databases.ts'
import {
  edit,
  newHaiku,
  newSonnet,
  novaLite,
  novaMicro,
  novaPro,
  testActor,
} from '../testing/sample-registry.ts'
import { pinClaim, position, usageRecord } from '../testing/sample-usage.ts'
import { ingestBatch, type UsageBatch } from './ingest.ts'

const workspace = defaultWorkspace
const ada = userId('ada')

onBothDatabases('what records say of conversations', (registry) => {
  const pins = (id: string, useCase: string | null) =>
    findPins(registry.database(), { workspace, conversationId: conversationId(id), userId: ada, useCase })
  const change = (work: (transaction: Transaction) => Promise<unknown>) =>
    registry.database().transaction({ purpose: 'plain' }, work)

  test('what comes late through the journal touches nobody else’s conversation', async () => {
    const database = registry.database()
    const grace = userId('grace')
    await claimPin(database, pinClaim('late-ada', { claimedAtMs: Date.now() - 60_000 }))
    const before = await findConversation(database, workspace, conversationId('late-ada'))
    const message = usageRecord('late-grace', Date.now() - 30_000, {
      conversationId: conversationId('late-ada'),
      userId: grace,
      principal: 'user:grace',
      route: 'use-case/health',
      useCase: 'health',
    })
    const batch: UsageBatch = {
      records: [message],
      claims: [
        pinClaim('late-ada', {
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

  test('a claim that comes late through the journal moves no conversation back', async () => {
    const database = registry.database()
    const nowMs = Date.now()
    const [id, fromMs] = [conversationId('late-claim'), nowMs - 60_000]
    await claimPin(database, pinClaim('late-claim', { useCase: 'health', claimedAtMs: fromMs + 20 }))
    const late = pinClaim('late-claim', { claimedAtMs: fromMs })
    await change((transaction) =>
      ingestBatch(transaction, {
        records: [],
        claims: [late],
        position: { ...position(1), journal: journalId('late-claim') },
      }),
    )
    expect(await findConversation(database, workspace, id)).toMatchObject({
      useCase: 'health',
      updatedAtMs: fromMs + 20,
      pins: [{ useCase: 'clinical' }, { useCase: 'health' }],
    })
    // Its later message is not outdated by a claim that was only written later.
    const begun = pinClaim('claimed-late', { claimedAtMs: nowMs - 60_000 })
    const message = usageRecord('after-claim', nowMs - 30_000, {
      conversationId: begun.conversationId,
      route: 'use-case/health',
      useCase: 'health',
    })
    await change((transaction) =>
      ingestBatch(transaction, {
        records: [message],
        claims: [begun],
        position: { ...position(1), journal: journalId('claimed-late') },
      }),
    )
    expect(await findConversation(database, workspace, begun.conversationId)).toMatchObject({
      useCase: 'health',
      updatedAtMs: nowMs - 30_000,
    })
  })

  test('a claim of a clock that is ahead is of now', async () => {
    const database = registry.database()
    const { conversationId: id, ...claim } = pinClaim('claimed-ahead', {
      claimedAtMs: Date.now() + 3_600_000,
    })
    await claimPin(database, { ...claim, conversationId: id })
    const { createdAtMs, updatedAtMs } = (await findConversation(database, workspace, id)) ?? {}
    expect(createdAtMs).toBe(updatedAtMs)
    expect(updatedAtMs).toBeLessThan(Date.now() + 1_800_000)
    await claimPin(
      database,
      pinClaim('claimed-ahead', { useCase: 'health', claimedAtMs: Date.now() + 1_000 }),
    )
    expect(await findConversation(database, workspace, id)).toMatchObject({ useCase: 'health' })
  })

  test('a conversation begun in no use case comes to that of its first claim, of a clock behind too', async () => {
    const database = registry.database()
    const claim = pinClaim('begun-in-none', { claimedAtMs: Date.now() - 1_000 })
    await database.query('INSERT INTO pointsman.conversations (workspace_id, id) VALUES ($1, $2)', [
      workspace,
      claim.conversationId,
    ])
    await claimPin(database, claim)
    expect(await findConversation(database, workspace, claim.conversationId)).toMatchObject({
      useCase: claim.useCase,
    })
  })

  test('a first message’s switch is recorded once, told when its answer went out, and only if its claim won', async () => {
    const database = registry.database()
    const nowMs = Date.now() - 30_000
    const made = (id: string, proposed = false): PinClaim => ({
      ...pinClaim(id, { claimedAtMs: nowMs - 1 }),
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
    await claimPin(database, pinClaim('lost', { modelId: newHaiku }))
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
      updatedAtMs: nowMs + 2,
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
    const claims = [pinClaim(id, { requestId: requestId('after-rejection'), autoSwitch: made })]
    const at = { ...position(1), journal: journalId('after-rejection') }
    await change((transaction) => ingestBatch(transaction, { records: [], claims, position: at }))
    const asked = { workspace, conversationId: id, limit: 10, cursor: null }
    const { data } = await listNotices(database, asked)
    expect(data.map(({ record }) => [record.id, record.revision])).toEqual([[made.id, published]])
  })

  test('a message of somebody in the console, who acts for everybody, tells of the conversation as one of a key does', async () => {
    const database = registry.database()
    const id = conversationId('of-console')
    await claimPin(database, pinClaim(id, { userId: null }))
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
    for (const id of ids) await claimPin(database, pinClaim(id, { userId: null }))
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
    await claimPin(database, pinClaim('owned-3', { userId: userId('ann') }))
    await expect.poll(() => heard.length).toBeGreaterThanOrEqual(3)
    await stop()
    expect(heard.map((payload) => JSON.parse(payload ?? '') as unknown)).toEqual(
      ids.map((id) => ({ workspace, conversationId: id })),
    )
  })

  test('a message of a replica whose clock is ahead touches its conversation now, and later ones still do', async () => {
    const database = registry.database()
    const id = conversationId('ahead')
    const tell = async (line: number, atMs: number, useCase: string) => {
      const route = `use-case/${useCase}`
      const records = [usageRecord(`ahead-${line}`, atMs, { conversationId: id, route, useCase })]
      await change((transaction) =>
        ingestBatch(transaction, { records, position: { ...position(line), journal: journalId('ahead') } }),
      )
      return findConversation(database, workspace, id)
    }
    await claimPin(database, pinClaim(id, { claimedAtMs: Date.now() - 60_000 }))
    const ahead = await tell(1, Date.now() + 3_600_000, 'health')
    expect(ahead?.useCase).toBe('health')
    const soonMs = Date.now() + 1_000
    expect(ahead?.updatedAtMs).toBeLessThan(soonMs)
    expect(ahead?.lastRequestAtMs).toBeLessThan(soonMs)
    await sleep(2)
    expect(await tell(2, Date.now(), 'platform')).toMatchObject({ useCase: 'platform' })
  })

  test('another use case is announced where it was set by SQL; a message’s and a claim’s are not', async () => {
    const database = registry.database()
    const [bySql, byMessage] = [conversationId('moved-by-sql'), conversationId('moved-by-message')]
    for (const id of [bySql, byMessage]) await claimPin(database, pinClaim(id))
    const heard: (string | null)[] = []
    const stop = await database.listen(pinChannel, (payload) => heard.push(payload))
    await change((transaction) =>
      ingestBatch(transaction, {
        records: [
          usageRecord('moved', Date.now() + 60_000, {
            ...{ conversationId: byMessage, route: 'use-case/health', useCase: 'health' },
          }),
        ],
        position: { ...position(1), journal: journalId('moved') },
      }),
    )
    await claimPin(database, pinClaim(bySql, { useCase: 'platform', claimedAtMs: Date.now() + 1_000 }))
    expect(await findConversation(database, workspace, byMessage)).toMatchObject({ useCase: 'health' })
    const move = `UPDATE ai_conversations SET use_case = 'health' WHERE id = '${bySql}'`
    await edit(database, move)
    await edit(database, move)
    await expect.poll(() => heard.length).toBeGreaterThan(0)
    await stop()
    expect(heard).toEqual([expect.stringContaining(bySql)])
  })

  // Joined in one way or the other, they come in the order of the lines or in the reverse.
  test.each(['on', 'off'])(
    'of answers in one millisecond the last line tells of the conversation (hash joins %s)',
    async (hashJoins) => {
      const ids = ['1', '2', '3'].map((id) => conversationId(`at-once-${hashJoins}-${id}`))
      for (const id of ids) await claimPin(registry.database(), pinClaim(id, { userId: null }))
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
            if (text.includes('usage_records')) await claimPin(registry.database(), pinClaim(id))
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
