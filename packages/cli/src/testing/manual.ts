import { commands } from '../commands.ts'
import type { Command, OptionShape } from '../command.ts'
import { optionName, usageLine } from '../help.ts'
import { generalOptions } from '../parse-line.ts'

/** `docs/cli.md`: the commands as the program knows them, so that the page cannot tell of others. */
export const manual = (): string => `# The command line

\`pointsman COMMAND [options]\`; in the repository \`npm run pointsman -- COMMAND [options]\`. \`pointsman --help\` lists the commands, \`pointsman COMMAND --help\` tells more of one. This page is made from the same table (\`npm test -- packages/cli -u\`), and a test fails when it is not.

\`serve\`, \`sandbox\` and \`simulate\` start something here: both planes with your own credentials, the same with simulated models, the simulator alone. They take \`--host\`, \`--port\` and \`--data-dir\`. \`migrate\`, \`backup\`, \`restore\` and \`doctor\` need no server ([operating](operating.md)). Every other command asks or changes a running server:

${optionTable(generalOptions)}

Without \`--key\` and without a variable, a server that was started in the same folder is found by the key that it keeps there. Tables fit the terminal: what is too narrow is cut or moved below, ids never; piped output is not cut. Colour is for terminals only, where \`NO_COLOR\` is not set. A request that takes over a second says so on standard error, on a terminal.

| exit code | means |
|---|---|
| 0 | done |
| 1 | refused or failed; also: \`validate\` and \`switches verify\` found a problem |
| 2 | wrongly typed; nothing was asked |
| 3 | no answer from the server, or one that broke off |
| 4 | the key is missing, wrong, or lacks the scope |

Errors are one line on standard error with the next step; with \`--json\` they are \`{"error":{"code","statusCode","message"}}\` there.

${commands.map(section).join('\n')}`

const section = (command: Command): string => `## ${command.name}

\`pointsman ${usageLine(command)}\`

${command.summary}${command.details === undefined ? '' : ` ${command.details}`}
${Object.keys(command.options).length === 0 ? '' : `\n${optionTable(command.options)}\n`}
\`\`\`sh
${command.examples.join('\n')}
\`\`\`
`

const optionTable = (options: { readonly [name: string]: OptionShape }): string =>
  [
    '| option | |',
    '|---|---|',
    ...Object.entries(options).map(
      ([name, shape]) => `| \`${optionName(name, shape)}\` | ${shape.summary} |`,
    ),
  ].join('\n')
