import { type Command, InvalidArgumentError, Option } from 'commander'
import { answerQuestion, listQuestions, type Question } from '#core/questions/service.ts'
import { change, judgeAll, read, resolve } from '#server/installation.ts'
import type { Program } from '../program.ts'
import { count, plain, type Screen } from '../terminal/screen.ts'
import { parseId, parseNumber } from './arguments.ts'
import { recordAs, withInstallation } from './opened.ts'

const usualLimit = 50
const mostListed = 1_000

export function registerQuestions(command: Command, program: Program): void {
  command
    .command('questions')
    .description('list whose accounts and which systems Vigil does not guess at')
    .addOption(new Option('--state <state>', 'which').choices(['open', 'answered', 'all']).default('open'))
    .option('--limit <number>', `at most so many; ${usualLimit} when not said`, parseNumber(1, mostListed))
    .option('--json', 'print them as JSON')
    .action(async (options: { state: 'open' | 'answered' | 'all'; limit?: number; json?: true }) => {
      await withInstallation(program, async (installation) => {
        const limit = options.limit ?? (options.json ? mostListed : usualLimit)
        const found = await read(installation, new Date(), (context) =>
          listQuestions(context, { state: options.state, limit }),
        )
        const { screen } = program
        if (options.json) {
          screen.out(JSON.stringify(found.map(toJson)))
          return
        }
        for (const question of found) print(screen, question)
        if (found.length === 0) screen.out('No question waits.')
        else
          screen.out(screen.style('dim', 'Answer with vigil answer QUESTION CANDIDATE, or vigil answer QUESTION none.'))
      })
    })

  command
    .command('answer')
    .description('answer a question: the answer wins over every sign, and what it changes is judged at once')
    .argument('<question>', 'its number', parseId)
    .argument('<candidate>', 'the number of a candidate, or none', parseCandidate)
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
An answer that was wrong is given again.

  $ vigil questions
  $ vigil answer 4 17
  $ vigil answer 5 none`,
    )
    .action(async (questionId: number, candidate: number | 'none', options: { json?: true }) => {
      await withInstallation(program, async (installation) => {
        const now = new Date()
        await change(
          installation,
          now,
          (context) =>
            answerQuestion(context, { questionId, candidateId: candidate === 'none' ? undefined : candidate }),
          recordAs('questions.answer'),
        )
        const { questions } = await resolve(installation, now)
        const judged = await judgeAll(installation, now)
        if (options.json) {
          program.screen.out(JSON.stringify({ question: questionId, answer: candidate, judged, questions }))
          return
        }
        program.screen.out(
          `Question ${questionId} is answered. ${count(judged.opened + judged.reopened, 'finding')} opened, ${judged.closed} closed; ${count(questions, 'question')} left.`,
        )
      })
    })
}

function parseCandidate(text: string): number | 'none' {
  if (text === 'none') return 'none'
  try {
    return parseId(text)
  } catch {
    throw new InvalidArgumentError('Give the number of a candidate, or none.')
  }
}

function print(screen: Screen, { id, about, candidates, reason, answer }: Question): void {
  const asked =
    about.kind === 'account-owner'
      ? `Whose is the account ${plain(about.username)} in ${plain(about.system)}${about.displayName ? ` (${plain(about.displayName)})` : ''}?`
      : `Which system is “${plain(about.name)}”?`
  screen.out(`${screen.style('bold', String(id).padStart(6))}  ${asked} ${screen.style('dim', plain(reason))}`)
  for (const candidate of candidates) {
    const { employeeNumber, department, title } = candidate
    const beside = [employeeNumber, title, department].filter((one) => one !== undefined).map(plain)
    const mark = answer !== undefined && answer.candidateId === candidate.id ? '→' : ' '
    screen.out(
      `      ${mark} ${String(candidate.id).padStart(6)}  ${plain(candidate.name)}${beside.length > 0 ? screen.style('dim', `  ${beside.join(', ')}`) : ''}`,
    )
  }
  if (answer !== undefined && answer.candidateId === undefined) screen.out('      → none of these')
}

function toJson({ answer, about, candidates, ...rest }: Question) {
  return {
    ...rest,
    about,
    candidates,
    answer: answer === undefined ? null : { candidateId: answer.candidateId ?? null, by: answer.by, at: answer.at },
  }
}
