/**
 * Anthropic API reference, 2026-11: `tool_use.id` ("String should match pattern"); no length is documented, and its own
 * ids are far shorter.
 */
export const toolIdForm = /^[a-zA-Z0-9_-]{1,256}$/

/** Anthropic API reference, 2026-11: `tools.*.name`. */
export const toolNameForm = /^[a-zA-Z0-9_-]{1,128}$/
