import type * as CloudWatch from '@aws-sdk/client-cloudwatch'
import type { CloudWatchCalls } from './put-metric-data.ts'

export interface CloudWatchAccess {
  readonly region: string
  /** Instead of the region's own address. */
  readonly endpoint?: string | null
  /** Instead of the SDK's default credential chain. */
  readonly credentials?: NonNullable<CloudWatch.CloudWatchClientConfig['credentials']>
  /** Instead of the SDK's own, which knows of no proxy. */
  readonly requestHandler?: NonNullable<CloudWatch.CloudWatchClientConfig['requestHandler']>
}

/** The service by AWS's own SDK. Loads `@aws-sdk/client-cloudwatch`, which is installed only by those who publish there. Rejects with how to install it. */
export async function openCloudWatch({
  credentials,
  endpoint,
  region,
  requestHandler,
}: CloudWatchAccess): Promise<CloudWatchCalls> {
  const { CloudWatchClient, PutMetricDataCommand } = await load()
  const client = new CloudWatchClient({
    region,
    ...(endpoint == null ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(requestHandler === undefined ? {} : { requestHandler }),
    // The publisher tries again by itself, with longer pauses.
    maxAttempts: 1,
  })
  return {
    put: async (input, abortSignal) => {
      await client.send(new PutMetricDataCommand(input), { abortSignal })
    },
    close: () => client.destroy(),
  }
}

async function load(): Promise<typeof CloudWatch> {
  try {
    return await import('@aws-sdk/client-cloudwatch')
  } catch (cause) {
    throw new Error(
      'Publishing to CloudWatch needs the package @aws-sdk/client-cloudwatch, which is not installed. Install it beside this one: npm install @aws-sdk/client-cloudwatch',
      { cause },
    )
  }
}
