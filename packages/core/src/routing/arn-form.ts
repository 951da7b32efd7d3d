/** Partition, region, account and kind are lists that AWS extends; only the form is held. */
const arnForm = /^arn:[a-z0-9-]+:bedrock:([a-z0-9-]{0,32}):[0-9]*:([a-z-]+)\/(.+)$/

export interface Arn {
  readonly written: string
  /** Empty where the ARN names none, as those of global profiles' models do. */
  readonly region: string
  readonly kind: string
  readonly name: string
}

/** An ARN of something in Bedrock that can be called; null for what is none. */
export function readArn(written: string): Arn | null {
  if (!written.startsWith('arn:')) return null
  const [, region, kind, name] = arnForm.exec(written) ?? []
  return region === undefined || kind === undefined || name === undefined
    ? null
    : { written, region, kind, name }
}

/** The region that an ARN names: Bedrock takes it at that region's endpoint only (bedrock.md section 2). */
export function regionOfArn(written: string): string | null {
  const region = readArn(written)?.region ?? ''
  return region === '' ? null : region
}
