import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import type { Leaks } from './leaks.ts'

/** Folders that hold anybody's files: their other children say nothing about this machine. */
const sharedFolders = ['/', '/home', '/tmp', '/opt', '/srv', '/usr', '/var', '/mnt', tmpdir()]

/** Hosts that packages of the languages in this repository come from by default, and those set on this machine. */
const publicHosts = [
  ['registry', 'npmjs', 'org'],
  ['registry', 'yarnpkg', 'com'],
  ['files', 'pythonhosted', 'org'],
  ['pypi', 'org'],
].map((parts) => parts.join('.'))

/** What would tell where this tree was written: its folder, the folders beside it, the home folder, registries. */
export function leaksOfThisMachine(root: string): Leaks {
  const parent = dirname(root)
  const beside = sharedFolders.includes(parent)
    ? [root]
    : readdirSync(parent).map((name) => join(parent, name))
  const home = sharedFolders.includes(homedir()) ? [] : [homedir()]
  // A tree at the top of the disk (`/app`) shares its name with too many harmless texts.
  const paths = new Set([...beside.filter((path) => dirname(path) !== '/'), ...home])
  return { paths: [...paths], hosts: [...new Set([...publicHosts, ...configuredHosts()])] }
}

function configuredHosts(): readonly string[] {
  const addresses = [
    execFileSync('npm', ['config', 'get', 'registry'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
    process.env['PIP_INDEX_URL'] ?? '',
    process.env['PIP_EXTRA_INDEX_URL'] ?? '',
  ]
  const urls = addresses
    .flatMap((address) => address.trim().split(/\s+/))
    .filter((address) => URL.canParse(address))
  // A port of this machine is no secret, and tests are full of them.
  return urls
    .map((address) => new URL(address).host)
    .filter((host) => !/^(localhost|127\.|\[::1\])/.test(host))
}
