import { createHash } from 'node:crypto'
import { conversationId, defaultWorkspace, userId, type Actor, type SwitchScope } from '@pointsman/contract'
import { chainHead, erasePerson, recordSwitch, verifyChain, type Transaction } from '@pointsman/registry'
import { beforeAll, expect, test } from 'vitest'
import { onBothDatabases } from '../../packages/registry/src/testing/databases.ts'
import { novaLite, novaPro } from '../../packages/registry/src/testing/sample-registry.ts'
import { chanceOf } from '../chance.ts'
import { reportFigure } from './figures.ts'
import { seed, short } from './form.ts'

/*
 * Whoever owns the database passes every trigger by. What they do to the record of switches is found by its first bad
 * place; what leaves a whole chain behind (a cut tail, a chain written anew) by a head that was kept elsewhere.
 */
const person = 'ada.lovelace@example.org'
const ada: Actor = { kind: 'user', id: person }
const records = short(24, 1_000)

const scopeAt = (index: number): SwitchScope => {
  const kinds: readonly SwitchScope[] = [
    { kind: 'use-case', name: 'clinical' },
    { kind: 'global' },
    { kind: 'user', workspace: defaultWorkspace, id: userId(`user-${index}`) },
    {
      kind: 'conversation',
      workspace: defaultWorkspace,
      id: conversationId(`c-${index}`),
      userId: userId(person),
      useCase: null,
    },
  ]
  return kinds[index % kinds.length] ?? { kind: 'global' }
}

const switchAt = (index: number) => ({
  actor: index % 3 === 0 ? ada : ({ kind: 'service', id: 'service' } as const),
  action: 'manual_switch' as const,
  type: 'manual' as const,
  scope: scopeAt(index),
  from: novaPro,
  to: novaLite,
  fromName: 'Amazon Nova Pro',
  toName: 'Amazon Nova Lite',
  reason: `Größer, better, 🚂 ${index}`,
  notificationTitle: 'Switching AI Model',
  notificationMessage: `Number ${index}`,
})

/** Answers false where what stood there means the same as before: another spelling of one instant alters nothing. */
type Change = (transaction: Transaction) => Promise<boolean>
type Found = number | 'refused' | 'unseen' | 'same'

/** What verify says of a change that no trigger sees; the change is undone. */
async function foundAfter(transaction: Transaction, change: Change): Promise<Found> {
  await transaction.query('SAVEPOINT before')
  let isOther = true
  try {
    isOther = await change(transaction)
  } catch {
    // A check of the table itself: the value cannot even stand there.
    await transaction.query('ROLLBACK TO before')
    return 'refused'
  }
  const { firstBad } = await verifyChain(transaction)
  await transaction.query('ROLLBACK TO before')
  return firstBad?.sequence ?? (isOther ? 'unseen' : 'same')
}

const switchOf = (sequence: number) =>
  `(SELECT switch_id FROM pointsman.switch_chain WHERE sequence = ${sequence})`

/** Another character at a place of a text; of a hash another digit. */
function altered(text: string, place: number): string {
  const characters = [...text]
  const at = place % characters.length
  characters[at] = characters[at] === '0' ? '1' : '0'
  return characters.join('')
}

interface Cell {
  readonly table: 'switches' | 'switch_chain'
  readonly column: string
  readonly text: string
}

/** Every column that says something of a record, as its text. */
async function cellsOf(transaction: Transaction, sequence: number): Promise<readonly Cell[]> {
  const read = async (table: Cell['table'], where: string): Promise<readonly Cell[]> => {
    const { rows } = await transaction.query(
      `SELECT key AS column, value AS text FROM pointsman.${table} AS row, jsonb_each_text(to_jsonb(row)) WHERE ${where}`,
    )
    return rows.flatMap(({ column, text }) =>
      typeof column === 'string' && typeof text === 'string' ? [{ table, column, text }] : [],
    )
  }
  const [said, chained] = [
    await read('switches', `id = ${switchOf(sequence)}`),
    await read('switch_chain', `sequence = ${sequence}`),
  ]
  return [...said, ...chained.filter(({ column }) => column !== 'sequence')]
}

/** The type of the column reads the text: one that it cannot be is refused. */
const write =
  (sequence: number, { column, table }: Cell, text: string): Change =>
  async (transaction) => {
    const where = table === 'switches' ? `id = ${switchOf(sequence)}` : `sequence = ${sequence}`
    const value = `(jsonb_populate_record(NULL::pointsman.${table}, jsonb_build_object('${column}', $1::text))).${column}`
    const { rowCount } = await transaction.query(
      `UPDATE pointsman.${table} SET ${column} = ${value} WHERE ${where} AND ${column} IS DISTINCT FROM ${value}`,
      [text],
    )
    return rowCount > 0
  }

/** Recomputes every hash from a place on, and the head, as the database's owner can. */
async function rechain(transaction: Transaction, from: number): Promise<void> {
  const { rows } = await transaction.query(
    `SELECT chain.sequence, chain.previous_hash, switch.canonical_text FROM pointsman.switch_chain AS chain
     JOIN pointsman.switches AS switch ON switch.id = chain.switch_id WHERE sequence >= $1 ORDER BY sequence`,
    [from],
  )
  let previous = String(rows[0]?.['previous_hash'])
  for (const { canonical_text: text, sequence } of rows) {
    const hash = createHash('sha256').update(previous).update(String(text)).digest('hex')
    await transaction.query(
      'UPDATE pointsman.switch_chain SET previous_hash = $2, hash = $3 WHERE sequence = $1',
      [Number(sequence), previous, hash],
    )
    previous = hash
  }
  await transaction.query('UPDATE pointsman.switch_chain_head SET hash = $1', [previous])
}

let [flips, refused, others] = [0, 0, 0]

onBothDatabases('T39: the record of switches', (registry) => {
  /** In a transaction that is rolled back, with every trigger and foreign key passed by. */
  const passingBy = async (work: (transaction: Transaction) => Promise<void>): Promise<void> => {
    const undo = new Error('undo')
    await registry
      .database()
      .transaction({ purpose: 'plain' }, async (transaction) => {
        await transaction.query('SET LOCAL session_replication_role = replica')
        await work(transaction)
        throw undo
      })
      .catch((error: unknown) => {
        if (error !== undo) throw error
      })
  }

  beforeAll(async () => {
    await registry.database().transaction({ purpose: 'registry', actor: ada }, async (transaction) => {
      for (let index = 0; index < records; index += 1) await recordSwitch(transaction, switchAt(index))
    })
  })

  test(
    'a byte of any record that is another one is found at that record',
    async () => {
      const chance = chanceOf(seed)
      const unseen: unknown[] = []
      await passingBy(async (transaction) => {
        const flip = async (sequence: number, cell: Cell, place: number): Promise<void> => {
          const found = await foundAfter(transaction, write(sequence, cell, altered(cell.text, place)))
          if (found === 'same') return
          flips += 1
          if (found === 'refused') refused += 1
          else if (found !== sequence) unseen.push({ sequence, column: cell.column, place, found })
        }
        for (let sequence = 1; sequence <= records; sequence += 1) {
          const cells = await cellsOf(transaction, sequence)
          const drawn = cells[Math.floor(chance() * cells.length)]
          if (drawn !== undefined) await flip(sequence, drawn, Math.floor(chance() * drawn.text.length))
          const text = cells.find(({ column }) => column === 'canonical_text')
          if (text !== undefined) await flip(sequence, text, Math.floor(chance() * text.text.length))
        }
        // All over one record.
        const whole = 1 + Math.floor(chance() * records)
        for (const cell of await cellsOf(transaction, whole))
          for (let place = 0; place < cell.text.length; place += short(11, 2)) await flip(whole, cell, place)
      })
      expect(unseen).toEqual([])
      expect(refused).toBeLessThan(flips / 2)
    },
    short(120_000, 3_600_000),
  )

  test(
    'one that is removed, added or moved is found at its place',
    async () => {
      const wrong: unknown[] = []
      const tried = async (
        transaction: Transaction,
        at: number,
        name: string,
        statements: readonly string[],
      ) => {
        const found = await foundAfter(transaction, async () => {
          for (const statement of statements) await transaction.query(statement)
          return true
        })
        others += 1
        if (found !== at) wrong.push({ name, at, found })
      }
      await passingBy(async (transaction) => {
        for (const at of [1, 2, Math.ceil(records / 2), records - 1, records]) {
          const row = `DELETE FROM pointsman.switches WHERE id = ${switchOf(at)}`
          const place = `DELETE FROM pointsman.switch_chain WHERE sequence = ${at}`
          await tried(transaction, at, 'its row', [row])
          await tried(transaction, at, 'its place', [place])
          await tried(transaction, at, 'both', [row, place])
          if (at === records) continue
          const to = (sequence: number | null, id: string) =>
            `UPDATE pointsman.switch_chain SET switch_id = ${id} WHERE ${sequence === null ? `switch_id = 'aside'` : `sequence = ${sequence}`}`
          const { rows } = await transaction.query(
            `SELECT ${switchOf(at)} AS one, ${switchOf(records)} AS other`,
          )
          const [one, other] = [rows[0]?.['one'], rows[0]?.['other']]
          await tried(transaction, at, 'swapped', [
            to(at, `'aside'`),
            to(records, `'${String(one)}'`),
            to(null, `'${String(other)}'`),
          ])
        }
        const added = `INSERT INTO pointsman.switches SELECT (jsonb_populate_record(row, '{"id":"forged"}')).*
        FROM pointsman.switches AS row WHERE id = ${switchOf(1)}`
        await tried(transaction, records + 1, 'added', [added])
        await tried(transaction, records + 1, 'added to the chain', [
          added,
          `INSERT INTO pointsman.switch_chain SELECT ${records + 1}, 'forged', hash, repeat('a', 64)
         FROM pointsman.switch_chain WHERE sequence = ${records}`,
        ])
      })
      expect(wrong).toEqual([])
    },
    short(120_000, 3_600_000),
  )

  test(
    'a cut tail and a chain written anew do not lead through a head that was kept',
    async () => {
      const kept = await chainHead(registry.database())
      await passingBy(async (transaction) => {
        await transaction.query('SAVEPOINT before')
        await transaction.query(`DELETE FROM pointsman.switches WHERE id = ${switchOf(records)}`)
        await transaction.query('DELETE FROM pointsman.switch_chain WHERE sequence = $1', [records])
        await transaction.query(
          `UPDATE pointsman.switch_chain_head SET sequence = last.sequence, hash = last.hash
         FROM (SELECT sequence, hash FROM pointsman.switch_chain ORDER BY sequence DESC LIMIT 1) AS last`,
        )
        expect(await verifyChain(transaction)).toMatchObject({ valid: true, count: records - 1 })
        expect(await verifyChain(transaction, kept)).toMatchObject({ valid: false })
        await transaction.query('ROLLBACK TO before')

        const place = Math.ceil(records / 2)
        await transaction.query(
          `UPDATE pointsman.switches SET new_model_name = 'Another',
           canonical_text = replace(canonical_text, '"toName":"Amazon Nova Lite"', '"toName":"Another"')
         WHERE id = ${switchOf(place)}`,
        )
        await rechain(transaction, place)
        expect(await verifyChain(transaction)).toMatchObject({ valid: true, count: records })
        expect(await verifyChain(transaction, kept)).toMatchObject({ valid: false })
      })
      expect(await verifyChain(registry.database(), kept)).toMatchObject({ valid: true })
      others += 2
    },
    short(120_000, 3_600_000),
  )

  /** What is told of each forged erasure that is not found at its place. */
  const unseenOf = async (
    transaction: Transaction,
    forged: { readonly [name: string]: readonly [at: number, ...statements: string[]] },
  ): Promise<readonly unknown[]> => {
    const unseen: unknown[] = []
    for (const [name, [at, ...statements]] of Object.entries(forged)) {
      const found = await foundAfter(transaction, async () => {
        for (const statement of statements) await transaction.query(statement)
        return true
      })
      others += 1
      if (found !== at) unseen.push({ name, at, found })
    }
    return unseen
  }
  const taken = (sequence: number, column: string, member: string): string =>
    `UPDATE pointsman.switches SET ${column} = canonical_text::jsonb #>> '{${member}}' WHERE id = ${switchOf(sequence)}`
  const unsalted = (sequence: number): string =>
    `DELETE FROM pointsman.switch_salts WHERE switch_id = ${switchOf(sequence)}`

  test('what was taken out of a record without an erasure is found at that record', async () => {
    await passingBy(async (transaction) => {
      const unseen = await unseenOf(transaction, {
        'its free text': [
          2,
          taken(2, 'reason', 'reason'),
          taken(2, 'notification_message', 'notificationMessage'),
          unsalted(2),
        ],
        'a reason, its salt left': [2, taken(2, 'reason', 'reason')],
        'a user': [3, taken(3, 'user_id', 'scope,id'), `DELETE FROM pointsman.people WHERE name = 'user-2'`],
        'who did it': [1, taken(1, 'actor_id', 'actor,id')],
        'an owner': [8, taken(8, 'user_id', 'scope,userId')],
      })
      expect(unseen).toEqual([])
    })
  })

  test('a person who was erased is found nowhere, and the chain leads on through the head that was kept', async () => {
    const database = registry.database()
    const kept = await chainHead(database)
    const everything = async (): Promise<string> => {
      const { rows } = await database.query(
        `SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) AS name FROM pg_tables
         WHERE schemaname IN ('pointsman', 'public')`,
      )
      let all = ''
      for (const { name } of rows) {
        const { rows: texts } = await database.query(
          `SELECT coalesce(string_agg(row::text, ' '), '') AS text FROM ${String(name)} AS row`,
        )
        all += String(texts[0]?.['text'])
      }
      return all
    }
    expect(await everything()).toContain(person)
    const { seal } = await database.transaction({ purpose: 'plain' }, (transaction) =>
      erasePerson(transaction, {
        workspace: defaultWorkspace,
        person,
        actor: { kind: 'service', id: 'service' },
      }),
    )
    const after = await everything()
    expect(after).toContain(seal)
    // Its digest without the salt that went with it would give the name away to who guesses it.
    for (const trace of [person, createHash('sha256').update(person).digest('hex')])
      expect(after).not.toContain(trace)
    expect(await verifyChain(database, kept)).toMatchObject({ valid: true, count: records + 1 })
  })

  test('an erasure is a record of the chain: it covers what it took out, and cannot be altered either', async () => {
    const erasure = records + 1
    const its = `FROM pointsman.switch_chain WHERE sequence = ${erasure}`
    const erased = 'UPDATE pointsman.erasures SET'
    await passingBy(async (transaction) => {
      // Record 2 is about nobody: no erasure covers it.
      const unseen = await unseenOf(transaction, {
        'one of its columns': [erasure, `${erased} counts = '{"switches":1}'`],
        'who erased': [erasure, `${erased} actor_id = 'somebody'`],
        'its text': [erasure, `${erased} canonical_text = replace(canonical_text, '{', '{ ')`],
        'its row': [1, 'DELETE FROM pointsman.erasures'],
        'its row and place': [1, `DELETE ${its}`, 'DELETE FROM pointsman.erasures'],
        'another workspace': [1, `${erased} workspace_id = 'other'`],
        'one beside the chain': [
          erasure + 1,
          `INSERT INTO pointsman.erasures SELECT (jsonb_populate_record(row, '{"id":"forged"}')).* FROM pointsman.erasures AS row`,
        ],
        'a record of nobody': [2, taken(2, 'reason', 'reason')],
      })
      expect(unseen).toEqual([])
    })
    await registry.database().transaction({ purpose: 'registry', actor: ada }, async (transaction) => {
      await recordSwitch(transaction, switchAt(1))
    })
    const { valid, count } = await verifyChain(registry.database())
    expect({ valid, count }).toEqual({ valid: true, count: erasure + 1 })
  })
})

test('T39: all of it', () => {
  expect(flips).toBeGreaterThan(records)
  reportFigure(
    'T39',
    `${flips} bytes altered in ${records} records a database: each found at its record (${refused} the tables themselves refused); ${others} removed, added, moved, cut or written anew: each found (seed ${seed})`,
  )
})
