import { refusals } from '#platform/refusal.ts'

/** The refusals of backup and restore. */
export const refuse = refusals('backup', {
  exists: ['conflict', 'There is already a file {file}.', 'name another; a backup is never written over'],
  unwritable: ['forbidden', 'The backup {file} cannot be written: {reason}.', 'name a folder that exists and has room'],
  inside: ['invalid', 'A backup cannot be written into the folder that it copies.', 'name a place outside {folder}'],
  'no-passphrase': [
    'invalid',
    'A backup that holds the key file is sealed under a passphrase, or the key would lie beside what it opens.',
    'give a passphrase, or leave the key file out and keep its copy elsewhere',
  ],
  'short-passphrase': ['invalid', 'A passphrase has at least {least} characters.', 'several random words do'],
  'no-keys': [
    'unavailable',
    'The keys of this installation cannot be used: {reason}',
    'put the key file back in its place, or give a passphrase to seal the backup under',
  ],
  'partial-sight': [
    'forbidden',
    'The user of DATABASE_URL cannot read every row of table {table}, so a backup would lack some.',
    'sign in as the owner of Vigil’s tables, or as a user with BYPASSRLS',
  ],
  'odd-file': [
    'conflict',
    '{path} is neither a file nor a folder, so it cannot be copied.',
    'move it out of the data directory; a link is not followed',
  ],
  missing: ['missing', 'There is no backup file {file} that can be read.', 'check the name and who may read it'],
  unrecognised: [
    'invalid',
    '{file} is not a backup that this Vigil can read: its beginning is another one.',
    'check the name; if it is a backup, its beginning is damaged or a newer Vigil wrote it',
  ],
  damaged: [
    'invalid',
    'The backup {file} is damaged: {problem}. Nothing was restored.',
    'use another copy of it, or another backup',
  ],
  'needs-passphrase': ['invalid', 'The backup {file} is sealed under a passphrase.', 'give it'],
  'wrong-passphrase': [
    'forbidden',
    'The passphrase does not open the backup.',
    'check for another keyboard or a space',
  ],
  'needs-key': [
    'unavailable',
    'The backup {file} is sealed with the key file {key}, which is not at {place}.',
    'put the copy of that key file there (mode 600, its folder 700), then restore again',
  ],
  'no-room': [
    'unavailable',
    'The backup could not be restored: {reason}.',
    'make room in the data directory and the database, then restore again; nothing was kept',
  ],
  newer: [
    'conflict',
    'The backup is of a newer Vigil, or of another release (migration {name}).',
    'restore it with the Vigil that wrote it',
  ],
  'not-empty': [
    'conflict',
    'The place to restore into already holds something: {what}.',
    'name a new database and a new data directory; a restore never writes over anything',
  ],
})
