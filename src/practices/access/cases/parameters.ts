/**
 * What the rules go by, as an organisation sets it. The rules:
 *  - Only what differs from the usual is kept, so that a better usual value reaches whoever never chose another.
 *  - Of what is handed in all is taken or nothing.
 *  - The other officers are told.
 *  - The trail works its stories out anew with it, in the background and over all that is kept; cases follow by themselves.
 */
import type { Call, Recorded } from '#core/door.ts'
import { notifyRoles } from '#core/notifications/notify.ts'
import type { Context } from '#platform/context.ts'
import type { InputOf, OutputOf } from '#platform/contract.ts'
import { refusals } from '#platform/refusal.ts'
import type { StoryKind } from '#trail/model/story.ts'
import { type Parameter, type Rule, resolveParameters } from '#trail/rules/rule.ts'
import { rules } from '#trail/rules/rules.ts'
import type { RuleParameters } from '#trail/trail.ts'
import { hasTrail, reachTrail } from '../trail/reach.ts'
import { listRules } from './catalogue.ts'
import type * as contract from './contract.ts'
import { takesWholeNumbers } from './model.ts'
import { deleteParameter, listParameters, lockRule, upsertParameter } from './store/parameters.ts'

const refuse = refusals('rule', {
  'unknown-parameter': ['invalid', 'This rule has no such parameter.', 'it has {names}'],
  'no-parameters': ['invalid', 'This rule has no parameters: there is nothing to set.'],
  'out-of-bounds': [
    'invalid',
    'The parameter {name} is from {min} to {max}.',
    'give a number within these bounds, or null for the usual {usual}',
  ],
  'not-whole': [
    'invalid',
    'The parameter {name} is a whole number.',
    'give one from {min} to {max}, or null for the usual {usual}',
  ],
})

/** What the organisation chose, by rule and by name; what is left out is as usual. */
export async function listChosen({ db }: Pick<Context, 'db'>): Promise<RuleParameters> {
  const chosen: Record<string, Record<string, number>> = {}
  for (const { rule, parameter, value } of await listParameters(db)) {
    chosen[rule] = { ...chosen[rule], [parameter]: value }
  }
  return chosen
}

export async function setRule(
  call: Call,
  { kind, parameters }: InputOf<typeof contract.setRule>,
): Promise<Recorded & { readonly output: OutputOf<typeof contract.setRule> }> {
  const { db, actor, now } = call
  const rule = ruleOf(kind)
  const wanted = Object.entries(parameters).map(([name, value]) => ({ name, ...checked(rule, name, value) }))
  await lockRule(db, kind)
  const before = resolveParameters(rule.parameters, (await listChosen(call))[kind])
  const changed = wanted.filter(({ name, value }) => value !== before[name])
  for (const { name, value, usual } of changed) {
    if (value === usual) await deleteParameter(db, kind, name)
    else await upsertParameter(db, { rule: kind, parameter: name, value, changedBy: actor, changedAt: now })
  }
  // Cases may close by it, also of who sets it: it is for more than one pair of eyes.
  if (changed.length > 0) {
    await notifyRoles(
      call,
      ['privacy-officer', 'security-officer'],
      [{ kind: 'rule-set', about: `rule:${kind}`, words: { count: 1 } }],
    )
  }
  tellTrail(call)
  return {
    output: await shown(call, kind),
    subjects: [`rule:${kind}`],
    payload: {
      was: Object.fromEntries(changed.map(({ name }) => [name, before[name] ?? null])),
      is: Object.fromEntries(changed.map(({ name, value }) => [name, value])),
    },
  }
}

function ruleOf(kind: StoryKind): Rule {
  const rule = rules.find(({ name }) => name === kind)
  if (!rule) throw new Error(`no rule makes stories of the kind ${kind}`)
  return rule
}

/** The value that a parameter is to have; refused where it cannot have it. */
function checked(
  { parameters }: Rule,
  name: string,
  wanted: number | null,
): { readonly value: number; readonly usual: number } {
  const names = Object.keys(parameters)
  if (names.length === 0) throw refuse('no-parameters')
  const parameter: Parameter | undefined = Object.hasOwn(parameters, name) ? parameters[name] : undefined
  if (!parameter) throw refuse('unknown-parameter', { names: names.join(', ') })
  const { default: usual, min, max } = parameter
  const value = wanted ?? usual
  if (value < min || value > max) throw refuse('out-of-bounds', { name, min, max, usual })
  if (takesWholeNumbers(parameter) && !Number.isInteger(value)) throw refuse('not-whole', { name, min, max, usual })
  return { value, usual }
}

async function shown(call: Call, kind: StoryKind): Promise<OutputOf<typeof contract.setRule>> {
  const { items } = await listRules(call)
  const rule = items.find((one) => one.kind === kind)
  if (!rule) throw new Error(`the rule ${kind} is not listed`)
  return rule
}

/** Tells the trail what is chosen, once that is committed; one that does not answer is told when it starts. */
function tellTrail(call: Call): void {
  const { services, organisationId } = call
  call.afterwards(async () => {
    if (!(await hasTrail(call))) return
    const chosen = await services.database.inOrganisation(organisationId, (db) => listChosen({ db }))
    await reachTrail(call)
      .setParameters(chosen)
      .catch(() => undefined)
  })
}
