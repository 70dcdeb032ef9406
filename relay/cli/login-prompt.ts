/** User and password of cameras in one question: what stands behind the first colon is not shown. */
import { styleText } from 'node:util';
import { PasswordPrompt } from '@clack/core';
import { S_BAR, S_BAR_END, S_PASSWORD_MASK, symbol } from '@clack/prompts';
import type { Login } from '../discovery/onvif-asking.ts';
import type { CliContext } from './context.ts';
import { answered } from './prompts.ts';

/** As in `viewer:a:b`, whose password is `a:b`; undefined when one of the two is missing. */
export function readLogin(text: string): Login | undefined {
  const [, user = '', password = ''] = /^([^:]*):(.*)$/s.exec(text) ?? [];
  return user.trim() === '' ? undefined : { username: user.trim(), password };
}

/** What the terminal shows of it, as long as the text is. */
export function shownLogin(text: string, mask: string): string {
  const from = text.indexOf(':') + 1;
  return from === 0 ? text : text.slice(0, from) + text.slice(from).replace(/./gs, mask);
}

export interface LoginQuestion {
  readonly message: string;
  /** What stands there at first. */
  readonly initial: string;
}

/** @returns undefined when nothing was typed. @throws Cancelled */
export async function askLogin(
  { stdin: input, stderr: output }: Pick<CliContext, 'stdin' | 'stderr'>,
  { message, initial }: LoginQuestion,
): Promise<Login | undefined> {
  const typed = new LoginPrompt({
    ...{ input, output, initialUserInput: initial },
    validate: (text = '') =>
      text.trim() === '' || readLogin(text) !== undefined
        ? undefined
        : 'Type both, with a colon between them: user:password',
    render() {
      const bar = styleText(this.state === 'error' ? 'yellow' : 'cyan', S_BAR);
      const head = `${styleText('gray', S_BAR)}\n${symbol(this.state)}  ${message}\n`;
      switch (this.state) {
        case 'submit':
        case 'cancel':
          return `${head}${styleText('gray', S_BAR)}  ${styleText('dim', this.masked)}`;
        case 'error':
          return `${head}${bar}  ${this.masked}\n${styleText('yellow', `${S_BAR_END}  ${this.error}`)}\n`;
        default:
          return `${head}${bar}  ${this.userInputWithCursor}\n${styleText('cyan', S_BAR_END)}\n`;
      }
    },
  }).prompt();
  return readLogin((await answered(typed)) ?? '');
}

class LoginPrompt extends PasswordPrompt {
  override get masked(): string {
    return shownLogin(this.userInput, S_PASSWORD_MASK);
  }
}
