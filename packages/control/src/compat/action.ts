import type { Notification, Principal } from '@pointsman/contract'
import type { z } from 'zod'
import { check } from '../http/check.ts'
import type { Operation } from '../keys/route-scopes.ts'

/** What an action gives: the seeds' `data`, and the notice for those who asked. */
export interface ActionAnswer {
  readonly data: { readonly [name: string]: unknown }
  readonly notification?: Notification | null
}

/** One action of a seed's endpoint: its key scope, its fields, its service. */
export interface Action {
  readonly operation: Operation
  run(body: unknown, principal: Principal): Promise<ActionAnswer>
}

export type Actions = { readonly [name: string]: Action }

/** Declares an action: `fields` checks the body without `action`. */
export const action = <Fields extends z.ZodType>(
  operation: Operation,
  fields: Fields,
  run: (body: z.output<Fields>, principal: Principal) => Promise<ActionAnswer>,
): Action => ({ operation, run: (body, principal) => run(check(fields, body, 'body'), principal) })
