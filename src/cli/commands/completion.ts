/** Completion for shells, written from the commands themselves, so that it cannot say anything else than they do. */
import { Argument, type Command, type Option } from 'commander'
import type { Program } from '../program.ts'

const shells = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof shells)[number]

export function registerCompletion(command: Command, program: Program): void {
  command
    .command('completion')
    .description('print what makes your shell complete commands and options')
    .addArgument(new Argument('<shell>', 'which').choices([...shells]))
    .addHelpText(
      'after',
      `
  bash  vigil completion bash > ~/.local/share/bash-completion/completions/vigil
  zsh   vigil completion zsh > ~/.zsh/completions/_vigil   (a folder of your $fpath)
  fish  vigil completion fish > ~/.config/fish/completions/vigil.fish`,
    )
    .action((shell: Shell) => {
      program.screen.out(writers[shell](listPlaces(command)).trimEnd())
    })
}

/** One command as a place to complete at: "" is vigil itself, "/findings/show" a command of a command. */
interface Place {
  readonly path: string
  readonly commands: readonly Word[]
  readonly options: readonly (Word & { readonly takesValue: boolean; readonly choices: readonly string[] })[]
  /** What its first argument can be, where that is a choice. */
  readonly values: readonly string[]
}

interface Word {
  /** Longest first: "--help", "-h". */
  readonly names: readonly string[]
  readonly description: string
}

function listPlaces(command: Command, path = ''): Place[] {
  const help = command.createHelp()
  const commands = help.visibleCommands(command)
  const place: Place = {
    path,
    commands: commands.map((one) => ({ names: [one.name()], description: oneLine(one.description()) })),
    options: help.visibleOptions(command).map((option) => ({
      names: namesOf(option),
      description: oneLine(option.description),
      takesValue: option.required || option.optional,
      choices: option.argChoices ?? [],
    })),
    values: command.registeredArguments[0]?.argChoices ?? [],
  }
  // The help command is commander's own and takes the name of any other; it leads nowhere below.
  return [place, ...command.commands.flatMap((one) => listPlaces(one, `${path}/${one.name()}`))]
}

function namesOf({ long, short }: Option): string[] {
  return [long, short].filter((name) => name !== undefined && name !== null)
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ')
}

const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`
const names = (words: readonly Word[]) => words.flatMap((word) => word.names)

/** Cases of a shell's `case`: those places that have something to say. */
function cases(places: readonly Place[], say: (place: Place) => string | undefined, indent: string): string {
  return places
    .flatMap((place) => {
      const said = say(place)
      return said === undefined ? [] : [`${indent}${quote(place.path)}) ${said} ;;`]
    })
    .join('\n')
}

const writers: Readonly<Record<Shell, (places: readonly Place[]) => string>> = {
  bash: (places) => `# bash completion for vigil
_vigil() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" at='' word index
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    case "$at/$word" in
      ${paths(places)}) at="$at/$word" ;;
    esac
  done
  COMPREPLY=()
  case "$at $previous" in
${valueCases(places, (choices) =>
  choices.length > 0 ? `COMPREPLY=($(compgen -W ${quote(choices.join(' '))} -- "$current")); return` : 'return',
)}
  esac
  local words=''
  if [[ $current == -* ]]; then
    case "$at" in
${cases(places, ({ options }) => `words=${quote(names(options).join(' '))}`, '      ')}
    esac
  else
    case "$at" in
${cases(places, ({ commands, values }) => (commands.length + values.length > 0 ? `words=${quote([...names(commands), ...values].join(' '))}` : undefined), '      ')}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _vigil vigil
`,
  zsh: (places) => `#compdef vigil
_vigil() {
  local at='' word
  local -a found
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at/$word" in
      ${paths(places)}) at="$at/$word" ;;
    esac
  done
  case "$at \${words[CURRENT-1]}" in
${valueCases(places, (choices) => (choices.length > 0 ? `compadd -- ${choices.map(quote).join(' ')}; return` : '_files; return'))}
  esac
  if [[ \${words[CURRENT]} == -* ]]; then
    case "$at" in
${cases(places, ({ options }) => `found=(${described(options)})`, '      ')}
    esac
    _describe option found
    return
  fi
  case "$at" in
${cases(places, ({ commands, values }) => (commands.length + values.length > 0 ? `found=(${[described(commands), ...values.map(quote)].join(' ')})` : undefined), '    ')}
  esac
  (( \${#found} )) && _describe command found
  _files
}
# Loaded from $fpath, the file is the function's first call; sourced, it only says whom it completes.
if [[ \${funcstack[1]} == _vigil ]]; then _vigil "$@"; else compdef _vigil vigil; fi
`,
  fish: (places) => `# fish completion for vigil
function __vigil_at
    set -l at ''
    for word in (commandline -opc)[2..]
        switch "$at/$word"
            case ${places
              .slice(1)
              .map(({ path }) => quote(path))
              .join(' ')}
                set at "$at/$word"
        end
    end
    test "$at" = "$argv[1]"
end
${places.map(fishLines).join('\n')}
`,
}

function paths(places: readonly Place[]): string {
  return places
    .slice(1)
    .map(({ path }) => path)
    .join(' | ')
}

/** Cases of "place option" for options that take a value: their choices, or of none, files. */
function valueCases(places: readonly Place[], say: (choices: readonly string[]) => string): string {
  const open: string[] = []
  const lines: string[] = []
  for (const { path, options } of places) {
    for (const { takesValue, choices, names } of options) {
      if (!takesValue) continue
      const patterns = names.map((name) => quote(`${path} ${name}`))
      if (choices.length === 0) open.push(...patterns)
      else lines.push(`    ${patterns.join(' | ')}) ${say(choices)} ;;`)
    }
  }
  return [...lines, `    ${open.join(' | ')}) ${say([])} ;;`].join('\n')
}

function described(words: readonly Word[]): string {
  return words
    .flatMap((word) => word.names.map((name) => quote(`${name}:${word.description.replaceAll(':', '\\:')}`)))
    .join(' ')
}

function fishLines({ path, commands, options, values }: Place): string {
  const start = `complete -c vigil -n ${quote(`__vigil_at ${quote(path)}`)}`
  return [
    ...commands.map((word) => `${start} -f -a ${quote(names([word]).join(' '))} -d ${quote(word.description)}`),
    ...values.map((value) => `${start} -f -a ${quote(value)}`),
    ...options.map((option) => {
      const flags = option.names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`))
      const value =
        option.choices.length > 0 ? ` -x -a ${quote(option.choices.join(' '))}` : option.takesValue ? ' -r' : ''
      return `${start} ${flags.join(' ')}${value} -d ${quote(option.description)}`
    }),
  ].join('\n')
}
