import type { Model, Principal } from '@pointsman/contract'
import type { Verdict } from './verdict.ts'

export interface PermittedQuestion {
  readonly principal: Pick<Principal, 'routes' | 'models'>
  /** The route that the call goes to; null = a model was named outright. */
  readonly routeKey: string | null
  /** The id that was named or set, where a profile stands in for it. */
  readonly namedId: string
}

export declare function checkPermitted(model: Model, question: PermittedQuestion): Verdict | null
