/** API reference, 2026-11: ids of tool calls hold at most 40 characters. */
export const allowedCallId = /^.{1,40}$/s
