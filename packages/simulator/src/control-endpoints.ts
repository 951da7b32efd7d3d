import type { Exchange } from './exchange.ts'
import type { LedgerEntry } from './ledger.ts'

/** What the control endpoints move. */
export interface ControlledSimulator {
  /** All of them, or none: throws a TypeError or a RangeError that says why. */
  scriptAll(rules: readonly unknown[]): readonly string[]
  ledger(after?: number): readonly LedgerEntry[]
  reset(): void
}

const PREFIX = '/__simulator/'

/** True for the simulator's own paths, which are not entered in the ledger. */
export function isControlTarget(target: string): boolean {
  return target.startsWith(PREFIX)
}

/**
 * `POST /__simulator/script` (a rule, or an array of them) → `{"ids":[…]}`; `GET /__simulator/ledger?after=N` →
 * `{"entries":[…]}`; `POST /__simulator/reset` → `{"reset":true}`. A rule that is none is answered with 400 and what
 * it should be, and none beside it is taken. Bodies must be JSON by their content type: a web page cannot send that across origins unasked.
 */
export function handleControl(exchange: Exchange, body: Buffer, simulator: ControlledSimulator): void {
  const { method, target } = exchange.head
  const question = target.indexOf('?')
  const path = question === -1 ? target : target.slice(0, question)
  const action = `${method} ${path.slice(PREFIX.length)}`
  if (action === 'GET ledger') {
    const after = Number(
      new URLSearchParams(question === -1 ? '' : target.slice(question)).get('after') ?? '0',
    )
    send(exchange, 200, { entries: simulator.ledger(Number.isSafeInteger(after) && after > 0 ? after : 0) })
    return
  }
  if (action !== 'POST script' && action !== 'POST reset') {
    const message = `No such control endpoint: ${method} ${path.slice(0, 200)}. There are POST script, GET ledger and POST reset.`
    send(exchange, 404, { error: { message } })
    return
  }
  if (!String(exchange.head.headers['content-type']).startsWith('application/json')) {
    send(exchange, 415, { error: { message: 'Send the header content-type: application/json.' } })
    return
  }
  if (action === 'POST reset') {
    simulator.reset()
    send(exchange, 200, { reset: true })
    return
  }
  addRules(exchange, body, simulator)
}

function addRules(exchange: Exchange, body: Buffer, simulator: ControlledSimulator): void {
  try {
    const given: unknown = JSON.parse(body.toString('utf8'))
    const rules: readonly unknown[] = Array.isArray(given) ? given : [given]
    send(exchange, 200, { ids: simulator.scriptAll(rules) })
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof SyntaxError || error instanceof RangeError))
      throw error
    send(exchange, 400, { error: { message: error.message } })
  }
}

function send(exchange: Exchange, status: number, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value), 'utf8')
  exchange.begin(status, { 'content-type': 'application/json', 'content-length': body.length })
  exchange.end(body)
}
