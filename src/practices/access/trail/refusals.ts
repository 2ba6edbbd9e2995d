/** What the practice's side of the trail refuses. */
import { refusals } from '#platform/refusal.ts'

export const refuse = refusals('trail', {
  backwards: ['invalid', 'The period ends before it begins.'],
  'too-many-days': ['invalid', 'So many days are not drawn at once.', 'ask for 92 days or fewer'],
  'question-over': [
    'missing',
    'There is no such question of yours, or its half hour is over.',
    'ask again: each question is on the ledger with its purpose',
  ],
  'report-format': [
    'invalid',
    'This report does not come in that format.',
    'the proof comes as json, all others as pdf or csv',
  ],
  'report-too-long': [
    'large',
    'A report of {lines} lines is too long for a PDF.',
    'take the table (csv), or a shorter period',
  ],
  'no-proof': [
    'invalid',
    'There is a proof for a patient of whom the trail knows, and over all time only.',
    'leave the period out',
  ],
  'own-feed': ['invalid', 'Names that begin with vigil- are of Vigil’s own feeds.', 'give the source another name'],
  'upload-gone': ['conflict', 'The bytes of this file are not kept any more.', 'bring the file again'],
  'upload-damaged': [
    'invalid',
    'The bytes of this file are damaged where they were kept; what was read before that place is in the trail.',
    'bring the file again: what is in the trail already is not taken twice',
  ],
  'unknown-source': ['missing', 'There is no such source.', 'list the sources to see their names'],
  'unknown-system': ['invalid', 'There is no such system.', 'list the systems to see their numbers'],
  'unknown-month': ['missing', 'The trail has no such month.', 'see the months in the state of the trail'],
  held: ['conflict', 'This month is under legal hold.', 'lift the hold first'],
  destroyed: ['conflict', 'This month is destroyed.'],
  'too-young': ['conflict', 'This month is within the years for which accesses are kept.'],
  'not-oldest': [
    'conflict',
    'Months are destroyed in their order, and an earlier one is left.',
    'destroy the earlier ones first, or lift their hold',
  ],
  'destruction-asked': ['conflict', 'Somebody has already asked for this month to be destroyed.'],
  'destruction-begun': [
    'conflict',
    'The key of this month is destroyed already.',
    'confirm it again: then the rest is done and put on the ledger',
  ],
  'unknown-destruction': ['missing', 'Nobody has asked for this, or it is decided.', 'see the state of the trail'],
  'other-month': ['invalid', 'This is not the month that was asked for.', 'type the month that is to be destroyed'],
  'same-officer': [
    'forbidden',
    'Who asks for a month to be destroyed does not confirm it.',
    'let another officer confirm',
  ],
  'needs-officer': ['forbidden', 'Two officers who are signed in decide on this; no program and no operator does.'],
  'not-watched': ['missing', 'There is no such patient on the list.'],
  'too-many-watched': ['conflict', 'The list holds 100,000 patients at most.', 'take some off first'],
})
