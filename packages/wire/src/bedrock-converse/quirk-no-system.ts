import type { ChatCall, Model } from '@pointsman/contract'

import type { WarningList } from '../warning-list.ts'
import { quirksOf } from './quirks.ts'

/** The call for a model that takes no system texts: they begin what the user says. */
export function withSystemSaid(call: ChatCall, model: Model, warnings: WarningList): ChatCall {
  if (call.system.length === 0 || quirksOf(model).system) return call
  warnings.add('system', 'this model takes no system text; it was put before the first message of the user')
  return { ...call, system: [], messages: [{ role: 'user', parts: call.system }, ...call.messages] }
}
