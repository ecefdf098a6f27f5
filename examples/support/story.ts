import { styleText } from 'node:util';

/** Prints what an example does, in a form people like to read, and stops it where something is not as it says. */

type Style = Parameters<typeof styleText>[0];

const styled = (style: Style, text: string): string => styleText(style, text, { stream: process.stdout });

export function title(text: string): void {
  console.log(`\n${styled(['bold', 'cyan'], text)}`);
}

export function chapter(text: string): void {
  console.log(`\n${styled('bold', text)}`);
}

export function say(text: string): void {
  for (const line of text.split('\n')) console.log(`  ${line}`);
}

/** Lines of data, dimmed: a listing, a file, an error message. */
export function quote(lines: string | readonly string[]): void {
  for (const line of typeof lines === 'string' ? lines.split('\n') : lines)
    console.log(styled('dim', `    ${line}`));
}

/** A claim, and whether it is so; an example whose claim is not so has failed. */
export function check(isSo: boolean, claim: string): void {
  if (!isSo) throw new Error(`This is not so: ${claim}`);
  console.log(`  ${styled('green', '✓')} ${claim}`);
}

/** A line that is written over by the next one; nothing where nobody watches. */
export function progress(text: string): void {
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K  ${styled('dim', text)}`);
}

export function endProgress(): void {
  if (process.stdout.isTTY) process.stdout.write('\r\x1b[K');
}

export function bytes(count: number): string {
  if (count >= 2 ** 20) return `${(count / 2 ** 20).toFixed(1)} MiB`;
  return count >= 1024 ? `${(count / 1024).toFixed(1)} KiB` : `${count} bytes`;
}
