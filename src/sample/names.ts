/** Made-up names, and the ways in which systems write the same one. */
import type { Random } from './random.ts'

export const givenNames =
  `Marisol Dana Priya James Robert Michael William David Richard Joseph Thomas Charles Christopher
Daniel Matthew Anthony Mark Steven Paul Andrew Joshua Kenneth Kevin Brian George Timothy Ronald Edward Jason Jeffrey Ryan
Jacob Gary Nicholas Eric Jonathan Stephen Larry Justin Scott Brandon Benjamin Samuel Gregory Alexander Patrick Frank Raymond
Jack Dennis Jerry Tyler Aaron José Adam Nathan Henry Zachary Douglas Peter Kyle Noah Ethan Jeremy Walter Christian Keith Roger
Terry Austin Sean Gerald Carl Harold Dylan Arthur Lawrence Jordan Jesse Bryan Billy Bruce Gabriel Joe Logan Alan Juan Albert
Willie Elijah Wayne Randy Vincent Mason Roy Ralph Bobby Russell Bradley Philip Eugene Mary Patricia Jennifer Linda Elizabeth
Barbara Susan Jessica Sarah Karen Lisa Nancy Betty Sandra Margaret Ashley Kimberly Emily Donna Michelle Carol Amanda Melissa
Deborah Stephanie Rebecca Sharon Laura Cynthia Dorothy Amy Kathleen Angela Shirley Emma Brenda Pamela Nicole Anna Samantha
Katherine Christine Debra Rachel Carolyn Janet Maria Olivia Heather Helen Catherine Diane Julie Victoria Joyce Lauren Kelly
Christina Ruth Joan Virginia Judith Evelyn Hannah Andrea Megan Cheryl Jacqueline Madison Teresa Abigail Sophia Martha Sara
Gloria Janice Kathryn Ann Isabella Judy Charlotte Julia Amber Alice Denise Danielle Sophie Renée Zoë Anaïs Inés Chloé Ravi
Ananya Deepak Lakshmi Sanjay Meera Arjun Kavita Wei Mei Jun Ling Hao Yuki Kenji Aiko Min Soo Thanh Linh Minh Amina Fatima
Yusuf Omar Layla Hassan Ngozi Chidi Adaeze Kwame Ama Oluwaseun Temitope Ivana Marek Agnieszka Piotr Ewa Sven Ingrid Lars
Astrid Giulia Marco Chiara Luca Dmitri Olga Natalia Svetlana Lucía Andrés Ximena Rocío Joaquín Álvaro Beatriz Paulo Thaís`.split(
    /\s+/,
  )

export const familyNames =
  `Reyes Whitfield Patel Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez
Hernandez Lopez Gonzalez Wilson Anderson Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez
Lewis Robinson Walker Young Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera Campbell
Mitchell Carter Roberts Gomez Phillips Evans Turner Diaz Parker Cruz Edwards Collins Stewart Morris Morales Murphy Cook Rogers
Gutierrez Ortiz Morgan Cooper Peterson Bailey Reed Kelly Howard Ramos Kim Cox Ward Richardson Watson Brooks Chavez Wood James
Bennett Gray Mendoza Ruiz Hughes Price Alvarez Castillo Sanders Myers Long Ross Foster Jimenez Powell Jenkins Perry Russell
Sullivan Bell Coleman Butler Henderson Barnes Gonzales Fisher Vasquez Simmons Romero Jordan Patterson Alexander Hamilton Graham
Reynolds Griffin Wallace Moreno West Cole Hayes Bryant Herrera Gibson Ellis Tran Medina Aguilar Stevens Murray Ford Castro
Marshall Owens Harrison Fernandez McDonald Woods Washington Kennedy Wells Vargas Henry Chen Freeman Webb Tucker Guzman Burns
Crawford Olson Simpson Porter Hunter Gordon Mendez Silva Shaw Snyder Mason Dixon Munoz Hunt Hicks Holmes Palmer Wagner Black
Robertson Boyd Rose Stone Salazar Fox Warren Mills Meyer Rice Schmidt Garza Daniels Ferguson Nichols Stephens Soto Weaver Ryan
Gardner Payne Grant Dunn Kelley Spencer Hawkins Arnold Pierce Hansen Peters Santos Hart Bradley Knight Elliott Cunningham
Duncan Armstrong Hudson Carroll Lane Riley Andrews Alvarado Ray Delgado Berry Perkins Hoffman Johnston Matthews Pena Richards
Contreras Willis Carpenter Lawrence Sandoval Guerrero George Chapman Rios Estrada Ortega Watkins Greene Nunez Wheeler Valdez
Harper Burke Larson Santiago Maldonado Morrison Franklin Carlson Austin Dominguez Carr Lawson Jacobs OBrien Lynch Singh Vega
Bishop Montgomery Oliver Jensen Harvey Williamson Gilbert Dean Sims Espinoza Howell Li Wong Reid Hanson Le McCoy Garrett Burton
Fuller Wang Weber Welch Rojas Lucas Marquez Fields Park Yang Little Banks Padilla Day Walsh Bowman Schultz Luna Fowler Mejia
Núñez Müller Ibáñez Peña Muñoz Gómez Björk Lindström Dvořák Šimek Kovač Nowak Okafor Adeyemi Mensah Boateng Haddad Rahman Khan
Iyer Nair Chaudhry Banerjee Tanaka Watanabe Sato Yamamoto Pham Vo Huynh Dang Petrov Ivanova Sokolov Rossi Bianchi Moretti
Fontaine Lefèvre Beaumont Desrosiers`.split(/\s+/)

/** Family names that nobody on a staff list bears: whoever has one is known to nobody. */
export const strangerFamilyNames = `Quillfeather Ostrander Brandvold Tresillian Ashgrove Penhaligon Wexcombe Thornquist
Marchbanks Velterop Oakhollow Drummondson Fairweather Stillwater Hollingberry Karstens`.split(/\s+/)

const nicknames: Readonly<Record<string, string>> = {
  Robert: 'Bob',
  William: 'Bill',
  James: 'Jim',
  Michael: 'Mike',
  Richard: 'Rick',
  Joseph: 'Joe',
  Thomas: 'Tom',
  Christopher: 'Chris',
  Daniel: 'Dan',
  Matthew: 'Matt',
  Anthony: 'Tony',
  Steven: 'Steve',
  Andrew: 'Andy',
  Joshua: 'Josh',
  Kenneth: 'Ken',
  Timothy: 'Tim',
  Ronald: 'Ron',
  Edward: 'Ed',
  Jeffrey: 'Jeff',
  Nicholas: 'Nick',
  Jonathan: 'Jon',
  Benjamin: 'Ben',
  Samuel: 'Sam',
  Gregory: 'Greg',
  Alexander: 'Alex',
  Zachary: 'Zach',
  Patricia: 'Pat',
  Jennifer: 'Jen',
  Elizabeth: 'Liz',
  Susan: 'Sue',
  Margaret: 'Peggy',
  Kimberly: 'Kim',
  Deborah: 'Debbie',
  Stephanie: 'Steph',
  Rebecca: 'Becky',
  Cynthia: 'Cindy',
  Kathleen: 'Kathy',
  Pamela: 'Pam',
  Samantha: 'Sam',
  Katherine: 'Kate',
  Catherine: 'Cathy',
  Victoria: 'Vicky',
  Christina: 'Tina',
  Judith: 'Judy',
  Jacqueline: 'Jackie',
  Abigail: 'Abby',
}

export function nicknameOf(given: string): string | undefined {
  return nicknames[given]
}

/** Letters without their marks, as older systems keep them. */
export function plainLetters(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '')
}

/** What a user name is made of: small letters only. */
export function loginLetters(text: string): string {
  return plainLetters(text)
    .toLowerCase()
    .replace(/[^a-z]/g, '')
}

/** Two names that sound the same to a system have the same key. */
export function nameKey(given: string, family: string): string {
  return `${loginLetters(given)} ${loginLetters(family)}`
}

export interface Name {
  readonly given: string
  readonly middle: string | undefined
  readonly family: string
  readonly nickname: string | undefined
  /** The family name before marriage, which some systems never learned of. */
  readonly maiden: string | undefined
}

/** One of the ways in which a system has the name of somebody whom it also knows by number or address. */
export function variantOf(name: Name, random: Random): { given: string; family: string } {
  const plain = { given: name.given, family: name.family }
  switch (random.int(0, 9)) {
    case 0:
      return { ...plain, given: name.nickname ?? name.given }
    case 1:
      return { ...plain, family: name.maiden ?? name.family }
    case 2:
      return { given: plainLetters(name.given), family: plainLetters(name.family) }
    case 3:
      return { ...plain, family: name.family.replace('-', ' ') }
    case 4:
      return { ...plain, given: name.middle ? `${name.given} ${name.middle.charAt(0)}.` : name.given }
    case 5:
      return { ...plain, given: name.middle ? `${name.given} ${name.middle}` : name.given }
    case 6:
      return { ...plain, given: `${name.given.charAt(0)}.` }
    default:
      return plain
  }
}
