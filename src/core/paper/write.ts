/** Papers of Vigil's as PDF files. */
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import pdfmake from 'pdfmake'

const typeface = {
  normal: fontFile('Roboto-Regular'),
  bold: fontFile('Roboto-Medium'),
}

function fontFile(name: string): string {
  return fileURLToPath(import.meta.resolve(`pdfmake/fonts/Roboto/${name}.ttf`))
}

pdfmake.setFonts({ Roboto: typeface })
pdfmake.setUrlAccessPolicy(() => false)
pdfmake.setLocalAccessPolicy((path) => path === typeface.normal || path === typeface.bold)

/** What a PDF is described by, in Roboto. */
export type Description = Parameters<typeof pdfmake.createPdf>[0]

/** Writes any paper of Vigil's as a PDF to `file`, readable by its owner only. A file that is there is replaced. */
export async function writePdf(description: Description, file: string): Promise<void> {
  const document = await pdfmake.createPdf(description).getStream()
  const written = pipeline(document, createWriteStream(file, { mode: 0o600 }))
  document.end()
  await written
}
