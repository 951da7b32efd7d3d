import type { HeldCircuit, ModelId } from '@pointsman/contract'
import {
  admission,
  afterCall,
  freshCircuit,
  probed,
  type Admission,
  type BreakerNumbers,
  type CallOutcome,
  type Circuit,
} from '@pointsman/core'
import { circuitKey, type Called } from './circuit-key.ts'
import type { Chance } from './ports.ts'

export interface CircuitChange {
  readonly modelId: ModelId
  readonly region: string
  /** Null = it is closed again. */
  readonly held: HeldCircuit | null
  readonly nowMs: number
}

/** The breakers of this process, one for each model and region. */
export interface Circuits {
  /** `modelId@region` of calls that are held back now. The same set as long as nothing changes; not to be changed. */
  open(nowMs: number): ReadonlySet<string>
  /** Lets a call through, or null. One that is let through as a probe must be noted when it ends. */
  admit(called: Called, nowMs: number): Admission | null
  note(called: Called, end: CircuitNote, nowMs: number): void
  /** Until when it is held back; 0 = it is not. */
  heldUntilMs(called: Called): number
  /** All that are not closed; 1,000 at most. */
  held(): readonly HeldCircuit[]
}

export interface CircuitNote {
  readonly outcome: CallOutcome
  readonly admission: Admission
  readonly retryAfterMs: number | null
}

export interface CircuitsParts {
  readonly numbers: BreakerNumbers
  readonly chance: Chance
  /** It opened, or closed again. Must not throw. */
  readonly onChange?: (change: CircuitChange) => void
  /** Default 1,000. */
  readonly maxCircuits?: number
}

interface Cell extends Called {
  circuit: Circuit
}

const none: ReadonlySet<string> = new Set()

/** The holder of these breakers; one a process, bounded to `maxCircuits`: the one that is closed for longest makes room. */
export function createCircuits(parts: CircuitsParts): Circuits {
  return new ProcessCircuits(parts)
}

class ProcessCircuits implements Circuits {
  readonly #parts: CircuitsParts
  readonly #most: number
  readonly #cells = new Map<string, Cell>()
  /** Those that are not closed. */
  readonly #held = new Map<string, Cell>()
  #open = none
  /** Until when `#open` holds. */
  #openUntilMs = Infinity

  constructor(parts: CircuitsParts) {
    this.#parts = parts
    this.#most = parts.maxCircuits ?? 1_000
  }

  open(nowMs: number): ReadonlySet<string> {
    if (this.#held.size === 0) return none
    if (nowMs >= this.#openUntilMs) this.#list(nowMs)
    return this.#open
  }

  admit(called: Called, nowMs: number): Admission | null {
    if (this.#held.size === 0) return 'pass'
    const cell = this.#held.get(circuitKey(called))
    if (cell === undefined) return 'pass'
    const admitted = admission(cell.circuit, nowMs, this.#parts.numbers)
    if (admitted === 'probe') {
      cell.circuit = probed(cell.circuit, nowMs)
      this.#openUntilMs = 0
    }
    return admitted
  }

  note(called: Called, { outcome, admission: admitted, retryAfterMs }: CircuitNote, nowMs: number): void {
    const key = circuitKey(called)
    const known = this.#cells.get(key)
    if (known === undefined && outcome === 'neither') return
    const cell = known ?? this.#add(key, called)
    const before = cell.circuit
    const end = { outcome, admission: admitted, retryAfterMs, nowMs, chance: this.#parts.chance() }
    cell.circuit = afterCall(before, end, this.#parts.numbers)
    if (before.kind === 'closed' && cell.circuit.kind === 'closed') return
    this.#openUntilMs = 0
    if (before.kind === cell.circuit.kind) return
    if (cell.circuit.kind === 'open') this.#held.set(key, cell)
    else this.#held.delete(key)
    const { modelId, region } = cell
    this.#parts.onChange?.({ modelId, region, held: shown(cell), nowMs })
  }

  heldUntilMs(called: Called): number {
    if (this.#held.size === 0) return 0
    const circuit = this.#held.get(circuitKey(called))?.circuit
    return circuit?.kind === 'open' ? circuit.untilMs : 0
  }

  held(): readonly HeldCircuit[] {
    return [...this.#held.values()].flatMap((cell) => shown(cell) ?? [])
  }

  #list(nowMs: number): void {
    const open = new Set<string>()
    this.#openUntilMs = Infinity
    for (const [key, { circuit }] of this.#held) {
      if (circuit.kind === 'closed' || admission(circuit, nowMs, this.#parts.numbers) !== null) continue
      open.add(key)
      const lost = (circuit.probeSinceMs ?? Infinity) + this.#parts.numbers.probeLeaseMs
      const nextMs = nowMs < circuit.untilMs ? circuit.untilMs : lost
      this.#openUntilMs = Math.min(this.#openUntilMs, nextMs)
    }
    this.#open = open
  }

  #add(key: string, { modelId, region }: Called): Cell {
    const cell: Cell = { modelId, region, circuit: freshCircuit }
    if (this.#cells.size >= this.#most) this.#makeRoom()
    this.#cells.set(key, cell)
    return cell
  }

  #makeRoom(): void {
    // The first known stand first; one that is held back goes only where nothing else is left.
    for (const [key, { circuit }] of this.#cells) {
      if (circuit.kind === 'open') continue
      this.#cells.delete(key)
      return
    }
    const oldest = this.#cells.keys().next()
    if (oldest.done === true) return
    this.#cells.delete(oldest.value)
    this.#held.delete(oldest.value)
    this.#openUntilMs = 0
  }
}

function shown({ circuit, modelId, region }: Cell): HeldCircuit | null {
  if (circuit.kind === 'closed') return null
  const { cause, sinceMs, untilMs } = circuit
  return { modelId, region, sinceMs, untilMs, cause }
}
