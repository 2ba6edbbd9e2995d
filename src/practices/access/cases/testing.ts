/** Stories as the trail hands them over, for tests. */
import type { Story } from '#trail/model/story.ts'

export function makeStory(some: Partial<Story>): Story {
  return {
    id: 'a'.repeat(32),
    version: 1,
    kind: 'family',
    score: 60,
    state: 'open',
    explainedBy: '',
    logins: ['d.reyes'],
    person: 'Dana Reyes',
    department: 'Cardiology',
    role: 'Nurse',
    patients: [{ patient: 'P-4711-Quistorp', name: 'Ada Quistorp' }],
    patientCount: 1,
    accesses: 11,
    days: 9,
    firstAt: new Date('2026-10-20T08:00:00Z'),
    lastAt: new Date('2026-11-01T08:00:00Z'),
    narrative: 'Opened the record of a patient of the same street, eleven times in nine days.',
    told: [{ kind: 'family', says: 'The patient has the same surname and street.' }],
    missed: ['an appointment within 30 days'],
    ...some,
  }
}
