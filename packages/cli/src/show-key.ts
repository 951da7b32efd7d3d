import type { NewKey } from '@pointsman/sdk'
import { tellBehind } from './behind-words.ts'
import type { Output } from './output.ts'
import { printable } from './terminal-text.ts'

/** A new key, the only time that it can be seen. */
export function showNewKey(key: NewKey, output: Output): void {
  if (output.json) {
    output.value(key)
    return
  }
  output.line(output.good('✓ ') + printable(`Key "${key.name}" (${key.scopes.join(', ')})`))
  output.line('')
  output.line(`  ${printable(key.key)}`)
  if (key.aws !== undefined) {
    output.line('')
    output.line(`  AWS_ACCESS_KEY_ID=${printable(key.aws.accessKeyId)}`)
    output.line(`  AWS_SECRET_ACCESS_KEY=${printable(key.aws.secretAccessKey)}`)
  }
  output.line('')
  output.sentence('It is shown this once and kept nowhere: store it now.')
  output.line(output.dim(`Id ${printable(key.id)}: rotate or revoke it by that.`))
  tellBehind(key, output)
}
