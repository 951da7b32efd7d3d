import type { Socket } from 'node:net'
import { PointsmanError, errorTable, toPointsmanError, type ErrorCode } from '@pointsman/contract'
import { readJsonLines, writeJsonLine } from './json-lines.ts'

/** What one end may ask the other: by name, what it hands over and what it gets. */
export type Asks = object

type Given<Of, Name extends keyof Of> = Of[Name] extends { readonly given: infer Value } ? Value : never
type Answer<Of, Name extends keyof Of> = Of[Name] extends { readonly answer: infer Value } ? Value : never

export type Answers<Of extends Asks> = {
  readonly [Name in keyof Of]: (given: Given<Of, Name>) => Promise<Answer<Of, Name>>
}

/** One end of a link. */
export interface Peer<Out extends Asks> {
  /** Rejects with the other end's own error, or `registry_unavailable` once the link is gone. */
  ask<Name extends keyof Out & string>(name: Name, given: Given<Out, Name>): Promise<Answer<Out, Name>>
  close(): void
}

interface Waiting {
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: PointsmanError) => void
}

interface Refusal {
  readonly code: ErrorCode
  readonly message: string
  readonly data?: { readonly [name: string]: unknown }
}

interface Question {
  readonly id: number
  readonly ask: string
  readonly given: unknown
}

type Message =
  | Question
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly refused: Refusal }

export const goneMessage =
  'The control plane of this host is not there just now; it is started again by itself.'

/** Questions and answers both ways over one socket, in any order. Bound: what was asked and not answered. */
export function createPeer<Out extends Asks, In extends Asks>(
  socket: Socket,
  answers: Answers<In>,
  onGone: () => void,
): Peer<Out> {
  const waiting = new Map<number, Waiting>()
  let asked = 0
  let gone = false
  const byName = new Map(Object.entries(answers)) as ReadonlyMap<
    string,
    ((given: unknown) => Promise<unknown>) | undefined
  >
  readJsonLines(socket, (received) => {
    const message = received as Message
    if ('ask' in message) return void answer(socket, byName.get(message.ask), message)
    const asker = waiting.get(message.id)
    waiting.delete(message.id)
    if ('refused' in message) asker?.reject(errorOf(message.refused))
    else asker?.resolve(message.answer)
  })
  socket.on('error', () => socket.destroy())
  socket.on('close', () => {
    gone = true
    for (const { reject } of waiting.values()) reject(new PointsmanError('registry_unavailable', goneMessage))
    waiting.clear()
    onGone()
  })
  return {
    ask: (name, given) =>
      new Promise((resolve, reject) => {
        if (gone) return reject(new PointsmanError('registry_unavailable', goneMessage))
        asked++
        waiting.set(asked, { resolve: resolve as Waiting['resolve'], reject })
        writeJsonLine(socket, { id: asked, ask: name, given } satisfies Message)
      }),
    close: () => void socket.destroy(),
  }
}

async function answer(
  socket: Socket,
  how: ((given: unknown) => Promise<unknown>) | undefined,
  { ask, given, id }: Question,
): Promise<void> {
  try {
    if (how === undefined) throw new PointsmanError('internal', `The link knows no question "${ask}".`)
    writeJsonLine(socket, { id, answer: (await how(given)) ?? null } satisfies Message)
  } catch (thrown) {
    const { code, details, message } = toPointsmanError(thrown)
    const told = code === 'internal' && thrown instanceof Error ? thrown.message : message
    const refused = { code, message: told, ...(details.data === undefined ? {} : { data: details.data }) }
    writeJsonLine(socket, { id, refused } satisfies Message)
  }
}

const errorOf = ({ code, data, message }: Refusal): PointsmanError =>
  new PointsmanError(code in errorTable ? code : 'internal', message, data === undefined ? {} : { data })
