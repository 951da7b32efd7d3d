/** What one of AWS's control planes answered. */
export interface BedrockAnswer {
  readonly status: number
  /** Of a refusal, without what AWS puts around it; null = none was told. */
  readonly errorName: string | null
  readonly message: string
  readonly body: unknown
  readonly date: string | null
}
