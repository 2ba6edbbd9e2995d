/**
 * Who can get in, and who should no longer. An account belongs to the person that intake tied it to; `link = 'named'` means
 * that the person only answers for it (a service or shared account).
 */
import { attested } from '#core/attestations/check.ts'
import { attestedSafeguard, safeguard } from '#core/safeguards/model.ts'
import { sql } from '#platform/database.ts'
import { trailSafeguards } from './trail/safeguards.ts'

/** Days without a sign-in after which an enabled account counts as dormant. */
const dormantAfterDays = 90

/**
 * Accounts of people who have left, with whom the staff list says so of: also those of which it is asked whose they are, where
 * one of those asked about has left, and those of people whom the list names no more.
 */
const leaversAccounts = sql`
  select account.*, person.name as owner_name, person.left_on, person.basis as owner_basis,
    case when not person.is_listed then 'unlisted' when person.has_left is null then 'lapsed' when person.has_left then 'left'
    end as owner_standing
  from account_now account
  join person_now person on person.person_id = account.person_id
  where coalesce(person.has_left, person.was_said_to_have_left) and account.link <> 'named'
  union all
  select account.*, null, null, null, 'asked' from account_now account
  where account.owner_in_question and exists (
    select from match_question question
    join person_now person on person.person_id = any (question.candidates)
    where question.account_id = account.account_id and question.kind = 'account-owner' and person.has_left)`

/** "Nobody has left" is an answer only of a list that would say so. */
const listTellsLeavers = sql`
  select coalesce(bool_or(fact.standing is not null or fact.left_on is not null), false)
  from person_fact fact join source_now source on source.id = fact.source_id and source.is_current
  where fact.absent_from is null`

const notLeft = sql`case account.owner_standing
  when 'asked' then format('Whose account %s in %s is waits for an answer, and one of those it may belong to has left.',
    account.username, account.system_name)
  when 'unlisted' then format('%s had left and is no longer on the staff list, so it cannot be told again.', account.owner_name)
  when 'lapsed' then 'What the staff list said of its owner has lapsed.' end`

const leaversLoseAccess = safeguard({
  name: 'access.leavers-lose-access',
  title: 'People who have left have no enabled account',
  meets: ['164.308(a)(3)(ii)(C)'],
  severity: 'critical',
  subject: 'account',
  needs: ['person', 'account'],
  namedBy: 'person',
  remedy: 'Disable the account today, and find out whether it was used since the last day.',
  noneOnlyIf: listTellsLeavers,
  check: sql`
    select account.account_id as subject, account.key, account.key as label,
      case when account.owner_standing <> 'left' then case when account.enabled is false then 'pass' else 'unknown' end
           when account.enabled then 'fail'
           when account.enabled is null then 'unknown'
           else 'pass' end::verdict as verdict,
      least(account.basis, coalesce(account.owner_basis, 'stated')) as basis,
      case when account.owner_standing <> 'left' then ${notLeft}
           when account.enabled then format('%s left%s. The account %s in %s still works%s.', account.owner_name,
             coalesce(' on ' || say_day(account.left_on), ''), account.username, account.system_name,
             case when account.last_used_at::date > account.left_on
               then ' and was used on ' || say_day(account.last_used_at) else '' end)
           when account.enabled is null then format('%s does not say whether the account still works.', account.system_name)
      end as detail
    from (${leaversAccounts}) account`,
})

const notUsedAfterLeaving = safeguard({
  name: 'access.not-used-after-leaving',
  title: 'No account was used after its owner’s last day',
  meets: ['164.308(a)(3)(ii)(C)', '164.308(a)(1)(ii)(D)'],
  severity: 'critical',
  subject: 'account',
  needs: ['person', 'account'],
  namedBy: 'person',
  remedy: 'Find out who used the account and what was opened; treat it as a security incident until that is known.',
  noneOnlyIf: listTellsLeavers,
  check: sql`
    select account.account_id as subject, account.key, account.key as label,
      case when account.owner_standing <> 'left' then 'unknown'
           when account.last_used_at::date > account.left_on then 'fail'
           when account.last_used_at is null and account.never_used is not true then 'unknown'
           when account.left_on is null then 'unknown'
           else 'pass' end::verdict as verdict,
      least(account.basis, coalesce(account.owner_basis, 'stated')) as basis,
      case when account.owner_standing <> 'left' then ${notLeft}
           when account.last_used_at::date > account.left_on
             then format('%s left on %s. The account %s in %s was used on %s.', account.owner_name, say_day(account.left_on),
               account.username, account.system_name, say_day(account.last_used_at))
           when account.left_on is null
             then format('The staff list does not say on which day %s left.', account.owner_name)
           when account.last_used_at is null
             then format('%s does not say when the account was last used.', account.system_name)
      end as detail
    from (${leaversAccounts}) account`,
})

const accountsHaveOwner = safeguard({
  name: 'access.accounts-have-owner',
  title: 'Every enabled account belongs to somebody who is here',
  meets: ['164.308(a)(3)(ii)(A)', '164.312(a)(2)(i)'],
  severity: 'high',
  subject: 'account',
  needs: ['person', 'account'],
  namedBy: 'account',
  remedy: 'Find out whose it is; give it an owner, or disable it.',
  check: sql`
    select account.account_id as subject, account.key, account.key as label,
      case when account.enabled is null then 'unknown'
           when account.owner_in_question then 'unknown'
           when person.person_id is null and account.owner is not null then 'unknown'
           when person.person_id is null then 'fail'
           when not person.is_current then 'unknown'
           when not person.is_listed then 'fail'
           when account.link = 'named' and person.has_left then 'fail'
           else 'pass' end::verdict as verdict,
      least(account.basis, person.basis) as basis,
      case when account.enabled is null
             then format('%s does not say whether the account is enabled.', account.system_name)
           when account.owner_in_question then 'Whose account this is cannot be told for sure: a question waits for an answer.'
           when person.person_id is null and account.owner is not null
             then format('The owner that %s names for it is not on the staff list.', account.system_name)
           when person.person_id is null
             then format('The account %s in %s is enabled and belongs to nobody on the staff list.', account.username,
               account.system_name)
           when not person.is_current then 'What the staff list said of its owner has lapsed.'
           when not person.is_listed
             then format('The account %s in %s belongs to %s, who is no longer on the staff list.', account.username,
               account.system_name, person.name)
           when account.link = 'named' and person.has_left
             then format('%s, who answered for the account %s in %s, has left.', person.name, account.username,
               account.system_name)
      end as detail
    from account_now account left join person_now person on person.person_id = account.person_id
    where account.enabled is not false and account.login_class is distinct from 'computer'`,
})

const noDormantAccounts = safeguard({
  name: 'access.no-dormant-accounts',
  title: `No enabled account of a person has gone unused for more than ${dormantAfterDays} days`,
  meets: ['164.308(a)(4)(ii)(C)', '164.308(a)(3)(ii)(B)'],
  severity: 'medium',
  subject: 'account',
  needs: ['account'],
  namedBy: 'account',
  remedy: 'Ask its owner or their manager whether it is still needed; disable it if not.',
  check: sql`
    select account.account_id as subject, account.key, account.key as label,
      case when account.enabled is null then 'unknown'
           when account.last_used_at >= account.collected_at - make_interval(days => ${sql.lit(dormantAfterDays)}) then 'pass'
           when account.last_used_at is not null then 'fail'
           when account.created_at >= account.collected_at - make_interval(days => ${sql.lit(dormantAfterDays)}) then 'pass'
           when account.never_used and account.created_at is not null then 'fail'
           else 'unknown' end::verdict as verdict,
      account.basis,
      case when account.enabled is null
             then format('%s does not say whether the account is enabled.', account.system_name)
           when account.last_used_at is not null
             then format('The account %s in %s was last used on %s.', account.username, account.system_name,
               say_day(account.last_used_at))
           when account.never_used
             then case when account.created_at is null
               then format('%s says that the account was never used, and not since when it exists.', account.system_name)
               else format('The account %s in %s has never been used since it was made on %s.', account.username,
                 account.system_name, say_day(account.created_at)) end
           else format('%s does not say when the account was last used.', account.system_name)
      end as detail
    from account_now account
    where account.enabled is not false and coalesce(account.login_class, 'person') in ('person', 'admin', 'guest')`,
})

const accessReviewed = attestedSafeguard({
  name: 'access.reviewed',
  title: 'Access to patient data was reviewed within the last year',
  meets: ['164.308(a)(4)(ii)(C)', '164.308(a)(4)(ii)(B)'],
  severity: 'medium',
  statement:
    'Every person’s access to systems with patient data was compared with what their work needs, and corrected.',
  remedy: 'Review who has access to what, then let the person who did it attest to it.',
  check: attested('access.reviewed'),
})

export const safeguards = [
  leaversLoseAccess,
  notUsedAfterLeaving,
  accountsHaveOwner,
  noDormantAccounts,
  accessReviewed,
  ...trailSafeguards,
]
