import { PointsmanError, type DialectName, type Operation } from '@pointsman/contract'
import { parseBaseUrl } from '../base-url.ts'

export interface Address {
  readonly origin: string
  readonly host: string
  readonly path: string
}

const publicAddress = 'https://api.anthropic.com'

const paths: { readonly [Name in Operation]?: string } = {
  chat: '/v1/messages',
  'chat-stream': '/v1/messages',
  'count-tokens': '/v1/messages/count_tokens',
}

/**
 * Where a call goes; the version stands in the path, not in the base address, as the vendor's own clients have it. Throws
 * `upstream_unreachable` for a base address that two readers would read differently, and
 * `upstream_model_unavailable` for a call that this API has no path for.
 */
export function anthropicAddress(
  { operation, dialect }: { readonly operation: Operation; readonly dialect: DialectName },
  baseUrl: string | null,
): Address {
  const path = dialect === 'anthropic-messages' ? paths[operation] : undefined
  if (path === undefined) {
    throw new PointsmanError(
      'upstream_model_unavailable',
      `Anthropic's API has no ${operation} in the dialect ${dialect}. Choose another model.`,
    )
  }
  const { origin, host, prefix } = parseBaseUrl(baseUrl ?? publicAddress, 'ANTHROPIC_BASE_URL')
  return { origin, host, path: prefix + path }
}
