/** What was switched before the pictures are taken, by whom and why. */
export interface PastSwitch {
  readonly hoursAgo: number
  /** Whose key; null = the rules' own automatic switch. */
  readonly by: 'operations' | 'on-call' | 'platform' | null
  readonly useCase: string
  readonly to: string
  readonly reason: string
  readonly approvedBy?: string
}

export const sonnet = 'eu.anthropic.claude-sonnet-5-5'
export const haiku = 'eu.anthropic.claude-haiku-5-5'
export const novaPro = 'eu.amazon.nova-pro-v1:0'
export const novaLite = 'eu.amazon.nova-lite-v1:0'
export const novaMicro = 'eu.amazon.nova-micro-v1:0'

/** When Claude was throttled, in hours before now: the switch away and the one back stand at its ends. */
export const incident = { from: 5.6, to: 3.1 } as const

export const pastSwitches: readonly PastSwitch[] = [
  {
    ...{ hoursAgo: 158, by: 'platform', useCase: 'operations', to: novaLite },
    reason: 'Tables came back incomplete',
  },
  {
    ...{ hoursAgo: 122, by: 'operations', useCase: 'clinical', to: haiku },
    reason: 'Trial of the faster model on the ward round',
    approvedBy: 'Dr M. Keller, CHG-1180',
  },
  {
    ...{ hoursAgo: 98, by: 'operations', useCase: 'clinical', to: sonnet },
    reason: 'Answers too short for discharge letters',
    approvedBy: 'Dr M. Keller, CHG-1187',
  },
  {
    ...{ hoursAgo: 53, by: 'platform', useCase: 'health', to: novaMicro },
    reason: 'Cost of the patient portal, agreed with finance',
  },
  { hoursAgo: 30, by: null, useCase: 'operations', to: novaMicro, reason: 'Cheaper, and passes every gate' },
  {
    ...{ hoursAgo: 4.9, by: 'on-call', useCase: 'clinical', to: novaPro },
    reason: 'Provider incident: throttling in eu-central-1',
  },
  {
    ...{ hoursAgo: 2.7, by: 'on-call', useCase: 'clinical', to: sonnet },
    reason: 'Incident over, back to the usual model',
  },
  {
    ...{ hoursAgo: 0.8, by: 'platform', useCase: 'health', to: novaLite },
    reason: 'Better wording for elderly patients',
  },
]

const began: { readonly [useCase: string]: string } = {
  clinical: sonnet,
  health: novaLite,
  operations: novaMicro,
}

/** What served a use case at that time. */
export const servedAt = (useCase: string, hoursAgo: number): string =>
  pastSwitches.findLast((one) => one.useCase === useCase && one.hoursAgo >= hoursAgo)?.to ??
  began[useCase] ??
  novaPro
