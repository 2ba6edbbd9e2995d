/** What is refused of a request before anybody asks who sent it. */
import { type Refusal, refusalKinds, refusals } from '#platform/refusal.ts'

export const refuse = refusals('request', {
  'too-large': ['large', 'The request holds more than {limit} bytes.', 'send less at once, or split the file'],
  'unsupported-type': [
    'unsupported',
    'The request is of a type that is not taken here.',
    'send Content-Type: application/json, in UTF-8 and not compressed',
  ],
  'not-json': ['invalid', 'The request holds no JSON.', 'send a JSON object as the body, {} at the least'],
  'bad-json': ['invalid', 'The JSON of the request cannot be taken: {problem}.', 'mend the body and send it again'],
  stalled: ['slow', 'The request came too slowly and was given up.', 'send it again over a better connection'],
  'broken-off': ['invalid', 'The request ended before all of it had come.', 'send it again'],
  'no-room': ['unavailable', 'There is no room left to receive the file.', 'free space where Vigil keeps its data'],
})

/** The body of a refusal on the wire (RFC 9457), with our stable code beside it. */
export function problemOf(refusal: Refusal): Readonly<Record<string, string | number>> {
  return {
    title: refusal.message,
    status: refusalKinds[refusal.kind],
    code: refusal.code,
    ...(refusal.hint === undefined ? {} : { hint: refusal.hint }),
  }
}
