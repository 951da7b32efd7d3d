/** `eu.anthropic.claude-3-5-sonnet-20241022-v2:0` → `claude-3-5-sonnet-20241022`: the vendor's own word for it. */
export function vendorModelName(modelId: string): string {
  return modelId.replace(/^.*anthropic\./, '').replace(/-v\d+(:\d+)?$/, '')
}
