import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readExamples } from './documents/blocks.ts'
import { drawTerminal } from './documents/terminal-picture.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

export const pictureFile = join(root, 'docs/first-switch.svg')

/**
 * The picture of the README: its examples that are marked `draw`, with what they print. A test holds those against the
 * program, and the picture against this.
 */
export function firstSwitchPicture(): string {
  const shown = readExamples(readFileSync(join(root, 'README.md'), 'utf8'))
    .filter(({ run }) => run.words.includes('draw'))
    .map(({ run, prints }) => ({ command: run.text, prints: prints ?? '' }))
  return drawTerminal('A first switch, in a terminal', shown)
}

// Run by hand after the README changed: node_modules/.bin/node tools/draw-first-switch.ts
if (import.meta.main) writeFileSync(pictureFile, firstSwitchPicture())
