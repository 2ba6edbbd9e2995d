import { refusals } from '#platform/refusal.ts'

/** What signing in may refuse. Why a sign-in failed is told to nobody who has not proved who they are. */
export const refuseSignIn = refusals('sign-in', {
  wrong: [
    'unauthenticated',
    'The e-mail address and the password do not fit together.',
    'try again; an administrator can give you a link to set your sign-in up anew',
  ],
  'wrong-code': [
    'unauthenticated',
    'This code does not work, or was used already.',
    'wait for the next code of your app, or give a recovery code that you have not used',
  ],
  'wrong-passkey': [
    'unauthenticated',
    'This passkey was not accepted.',
    'begin again, or sign in another way; a passkey that is refused each time should be removed and added anew',
  ],
  waiting: ['busy', 'There were too many failed tries. Wait {seconds} seconds.', 'then try again'],
  stale: [
    'forbidden',
    'This changes how you sign in, and you signed in a while ago.',
    'sign out, sign in again, and do it within a quarter of an hour',
  ],
  'factor-first': [
    'forbidden',
    'Another factor is set up already.',
    'give it first; it cannot be replaced by a password alone',
  ],
  'not-begun': ['conflict', 'No authenticator app is being set up.', 'begin by asking for a new secret'],
  'totp-there': ['conflict', 'An authenticator app is set up already.', 'remove it first'],
  'last-factor': [
    'conflict',
    'This is your last second factor, and you need one.',
    'set another one up before you remove it',
  ],
  'no-factor': [
    'conflict',
    'You have no second factor that a recovery code could stand for.',
    'set up an authenticator app or a passkey: the codes come with it',
  ],
  'unknown-passkey': ['missing', 'There is no such passkey.'],
  'passkey-there': ['conflict', 'This passkey is known already.', 'use another device or key'],
  'unknown-session': ['missing', 'There is no such session.', 'it may have ended by itself'],
  'not-served': ['missing', 'You do not serve that organisation.'],
})
