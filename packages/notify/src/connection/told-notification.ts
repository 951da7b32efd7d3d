import type { SwitchType } from '@pointsman/contract'

/** A notice as the server tells it. */
export interface ToldNotification {
  /** That of the switch which it tells of. */
  readonly id: string
  readonly type: SwitchType
  /** English. */
  readonly title: string
  readonly message: string
  readonly modelName: string
  readonly modelId: string
  readonly provider: string | null
  /** Display name of the model before; null = none, or not known. */
  readonly from: string | null
  readonly reason: string | null
  /** Whom it names; null = a switch of a route, which names nobody. */
  readonly userId: string | null
  readonly conversationId: string | null
}

/** Null where it is no notice: a server of another version, or none of ours. */
export function readNotification(data: string): ToldNotification | null {
  const said = parsed(data)
  const text = (name: string): string | null => {
    const value = said?.[name]
    return typeof value === 'string' ? value : null
  }
  const id = text('id')
  const modelId = text('modelId')
  if (id === null || id === '' || modelId === null) return null
  return {
    ...{ id, modelId },
    type: text('type') === 'auto' ? 'auto' : 'manual',
    title: text('title') ?? '',
    message: text('message') ?? '',
    modelName: text('modelName') ?? modelId,
    ...{ provider: text('provider'), from: text('from'), reason: text('reason') },
    ...{ userId: text('userId'), conversationId: text('conversationId') },
  }
}

function parsed(data: string): { readonly [name: string]: unknown } | null {
  try {
    const value: unknown = JSON.parse(data)
    return typeof value === 'object' && value !== null ? { ...value } : null
  } catch {
    return null
  }
}
