/** What the gates refuse of a request, whoever sent it. */
import { Refusal, refusals } from '#platform/refusal.ts'

export const refuse = refusals('request', {
  'not-signed-in': ['unauthenticated', 'Nobody is signed in.', 'sign in, or send a token that works'],
  'second-factor-needed': ['forbidden', 'A second factor is needed before anything else.', 'give it, or set one up'],
  'not-allowed': ['forbidden', 'Your roles do not allow this.', 'ask an administrator of your organisation'],
  'no-scope': ['forbidden', 'This token may not do that: it lacks the scope {scope}.', 'make a token that has it'],
  'no-organisation': ['forbidden', 'You do not serve that organisation.', 'ask one of its administrators'],
  'needs-person': ['forbidden', 'This is for people who are signed in.'],
  invalid: ['invalid', 'The request is not as it should be.', 'mend the fields that are named'],
  'cross-site': [
    'forbidden',
    'The request came from a page of another site.',
    'open Vigil itself; a script sends a token instead of a cookie',
  ],
  'key-reused': ['conflict', 'The Idempotency-Key was used for another request.', 'take a new key for each change'],
  'bad-key': ['invalid', 'An Idempotency-Key has 8 to 100 letters, digits, hyphens and underscores.'],
})

/** One field of a request that is not as it should be; what was sent is not repeated. */
export interface Flaw {
  /** Names and places, as in JSON. */
  readonly path: readonly (string | number)[]
  readonly message: string
}

/** A request that is not what its endpoint declares, with each field that is wrong. */
export class InvalidRequest extends Refusal {
  readonly flaws: readonly Flaw[]

  constructor(flaws: readonly Flaw[]) {
    const { kind, code, message, hint } = refuse('invalid')
    super(kind, code, message, hint)
    this.flaws = flaws
  }
}
