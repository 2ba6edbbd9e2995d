import { type Command, Option } from 'commander'
import { cite, type Profile, profiles, requirements } from '#core/requirements/model.ts'
import type { Program } from '../program.ts'
import { wrap } from '../terminal/screen.ts'

export function registerRequirements(command: Command, program: Program): void {
  command
    .command('requirements')
    .description('list what the law asks, in plain words')
    .option('--json', 'print every requirement as JSON')
    .option('--all', 'also paragraphs that bind nobody: headings, definitions, permissions')
    .addOption(
      new Option(
        '--profile <name>',
        'a profile to add to HIPAA as it is in force (nprm-2025 is only proposed)',
      ).choices([...(Object.keys(profiles) as Profile[])]),
    )
    .action((options: { json?: true; all?: true; profile?: Profile }) => {
      const wanted = [...new Set<Profile>(['hipaa', ...(options.profile ? [options.profile] : [])])]
      const all = requirements(wanted)
      if (options.json) {
        program.screen.out(
          JSON.stringify(
            all.map((one) => ({
              id: one.citation,
              citation: one.proposed ? one.citation : cite(one.citation),
              title: one.title,
              statement: one.statement,
              kind: one.kind,
              required: one.required,
              parent: one.parent,
              profile: one.profile,
              binding: one.binding,
              reason: one.reason,
            })),
          ),
        )
        return
      }
      const { screen } = program
      for (const one of all) {
        if (!options.all && !one.binding && !one.proposed) continue
        const mark = one.required === 'addressable' ? ' (addressable)' : ''
        screen.out(`${screen.style('bold', cite(one.citation))}  ${one.title}${screen.style('dim', mark)}`)
        for (const line of wrap(one.statement, screen.width - 2)) screen.out(`  ${line}`)
      }
    })
}
