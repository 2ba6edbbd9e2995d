/**
 * Whether whoever signs in is who they say. Accounts matter where they reach patient data: on a system that holds it, on one
 * of which nobody says whether it does, and in a directory that nobody has said anything of, since others sign in through it.
 */
import { attested } from '#core/attestations/check.ts'
import { attestedSafeguard, safeguard } from '#core/safeguards/model.ts'
import { sql } from '#platform/database.ts'

/** Names of products through which people sign in to other systems. */
const directoryNames =
  '(active directory|entra|azure ad|okta|google workspace|g suite|microsoft 365|office 365|jumpcloud|onelogin|ping ?(one|identity|federate)|openldap|freeipa)'

const mfaOnEphiAccounts = safeguard({
  name: 'authentication.mfa-on-ephi-accounts',
  title: 'Everyone who reaches patient data signs in with a second factor',
  meets: ['164.312(d)'],
  severity: 'critical',
  subject: 'account',
  needs: ['account'],
  uses: ['mfa', 'system'],
  namedBy: 'account',
  remedy: 'Have its owner register a second factor, and require one at sign-in.',
  // A shared account is signed in to by people, so it counts; a service account is not. What is known of the directory through
  // which somebody signs in goes before the list's word that the system requires a second factor.
  check: sql`
    with said as (
      select system.*, system.ephi is null and (system.system_kind is not distinct from 'directory' or system.name ~* ${sql.lit(directoryNames)})
          as is_directory
      from system_now system
    ), login as (
      select system_id, person_id, coalesce(login_class, 'person') as class,
        case when bool_or(not mfa_enrolled) then false when bool_and(mfa_enrolled is true) then true end as enrolled,
        min(least(mfa_basis, basis)) as basis
      from account_now
      where person_id is not null and link <> 'named' and enabled is not false
      group by system_id, person_id, coalesce(login_class, 'person')
    ), sign_in as (
      select fact.system_id, max(fact.sign_in_by) as name, min(known.system_id) as directory_id, min(source.basis) as basis
      from system_fact fact
      join source_now source on source.id = fact.source_id and source.is_current
      join system_name known on lower(known.name) = lower(fact.sign_in_by)
      where fact.absent_from is null and known.system_id <> fact.system_id
      group by fact.system_id having count(distinct known.system_id) = 1
    ), judged as (
      select account.*, said.ephi, said.is_directory, said.is_registered, said.mfa_required,
        sign_in.name as sign_in_by, login.enrolled as enrolled_there,
        coalesce(account.mfa_enrolled, login.enrolled, said.mfa_required) as has_factor,
        case when account.mfa_enrolled is not null then least(coalesce(account.mfa_basis, account.basis), said.basis)
             when login.enrolled is not null then least(account.basis, login.basis, sign_in.basis)
             else least(account.basis, said.basis) end as rests_on
      from account_now account
      join said on said.system_id = account.system_id
      left join sign_in on sign_in.system_id = account.system_id
      left join login on login.system_id = sign_in.directory_id and login.person_id = account.person_id
        and login.class = coalesce(account.login_class, 'person') and account.link <> 'named'
      where account.enabled is not false and coalesce(account.login_class, 'person') in ('person', 'admin', 'guest', 'shared')
        and said.ephi is not false
    )
    select account_id as subject, key, key as label,
      case when enabled is null then 'unknown'
           when has_factor then 'pass'
           when has_factor is null or (ephi is null and not is_directory) then 'unknown'
           else 'fail' end::verdict as verdict,
      rests_on as basis,
      case when enabled is null then format('%s does not say whether the account is enabled.', system_name)
           when has_factor then null
           when ephi is null and not is_directory and is_registered
             then format('The list of systems does not say whether %s holds patient data.', system_name)
           when ephi is null and not is_directory
             then format('%s is not in the list of systems, so nobody says whether it holds patient data.', system_name)
           when has_factor is null then format('No MFA report speaks of the account %s in %s.', username, system_name)
           when mfa_enrolled is null and enrolled_there is null
             then format('The account %s in %s signs in without a second factor: the list of systems says that %s requires none.',
               username, system_name, system_name)
           when mfa_enrolled is null
             then format('The account %s in %s signs in through %s, where its owner has no second factor.', username,
               system_name, sign_in_by)
           when is_directory
             then format('The account %s in %s has no second factor; people sign in to other systems through %s, so it counts as'
               ' reaching patient data until the list of systems says otherwise.', username, system_name, system_name)
           else format('The account %s in %s has no second factor.', username, system_name)
      end as detail
    from judged`,
})

const noSharedAccounts = safeguard({
  name: 'authentication.no-shared-accounts',
  title: 'Nobody shares an account on a system with patient data',
  meets: ['164.312(a)(2)(i)'],
  severity: 'high',
  subject: 'account',
  needs: ['account'],
  uses: ['system'],
  namedBy: 'account',
  remedy: 'Give each person who uses it an account of their own, then disable the shared one.',
  check: sql`
    select account.account_id as subject, account.key, account.key as label,
      case when account.enabled is null then 'unknown'
           when coalesce(account.login_class, account.account_type) is null then 'unknown'
           when 'shared' not in (coalesce(account.login_class, ''), coalesce(account.account_type, '')) then 'pass'
           when system.ephi then 'fail'
           else 'unknown' end::verdict as verdict,
      -- A name that does not look shared is a guess, so it proves nothing.
      case when account.account_type is null then 'stated' else account.basis end as basis,
      case when account.enabled is null then format('%s does not say whether the account is enabled.', account.system_name)
           when coalesce(account.login_class, account.account_type) is null
             then format('%s does not say what kind of account it is.', account.system_name)
           when 'shared' not in (coalesce(account.login_class, ''), coalesce(account.account_type, '')) then null
           when system.ephi
             then format('The account %s in %s is shared, so what is done with it cannot be told from what others do.',
               account.username, account.system_name)
           when system.is_registered
             then format('The account is shared, and the list of systems does not say whether %s holds patient data.',
               account.system_name)
           else format('The account is shared, and %s is not in the list of systems, so nobody says whether it holds patient data.',
             account.system_name)
      end as detail
    from account_now account
    join system_now system on system.system_id = account.system_id
    where account.enabled is not false and system.ephi is not false
      and coalesce(account.login_class, 'person') not in ('service', 'computer')`,
})

const noNeverExpiringAccounts = safeguard({
  name: 'authentication.no-never-expiring-accounts',
  title: 'No account of a person has a password that is set never to expire',
  meets: ['164.308(a)(5)(ii)(D)'],
  severity: 'low',
  subject: 'account',
  needs: ['account'],
  namedBy: 'account',
  remedy: 'Take the exemption from expiry off the account, so that the password policy holds for it as for all others.',
  check: sql`
    select account.account_id as subject, account.key, account.key as label,
      case when account.enabled is null or account.password_never_expires is null then 'unknown'
           when account.password_never_expires then 'fail'
           else 'pass' end::verdict as verdict,
      account.basis,
      case when account.enabled is null then format('%s does not say whether the account is enabled.', account.system_name)
           when account.password_never_expires is null
             then format('%s does not say whether the password expires.', account.system_name)
           when account.password_never_expires
             then format('The password of the account %s in %s never expires%s.', account.username, account.system_name,
               coalesce('; it was last set on ' || say_day(account.password_set_at), ''))
      end as detail
    from account_now account
    where account.enabled is not false and coalesce(account.login_class, 'person') in ('person', 'admin')`,
})

const passwordsManaged = attestedSafeguard({
  name: 'authentication.passwords-managed',
  title: 'Passwords are created, changed and kept by a policy',
  meets: ['164.308(a)(5)(ii)(D)'],
  severity: 'medium',
  statement:
    'A password policy is in force and its settings were compared with it within the last year: length, lock-out, no passwords known to be stolen, and a change when one may be known to others.',
  remedy:
    'Set the password policy, compare every system’s settings with it, then let the person who did it attest to it.',
  check: attested('authentication.passwords-managed'),
})

export const safeguards = [mfaOnEphiAccounts, noSharedAccounts, noNeverExpiringAccounts, passwordsManaged]
