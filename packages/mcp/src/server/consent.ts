import type { ConsentKind } from '@f9/agents';
import { backendError } from '@f9/core/driver';
import { type InputRequiredResult, inputRequired } from '@modelcontextprotocol/server';
import { z } from 'zod';

/** The name of the answer among those that a client gives. */
export const ANSWER_KEY = 'consent';
/** The answer of the person at the client. */
export const ANSWER_TO_QUESTION: z.ZodObject<{ confirm: z.ZodBoolean }> = z.object({
  confirm: z.boolean().describe('Go on'),
});

/** Thrown where a tool needs the consent of the person at the client first: the client asks, and calls again. */
export class ConsentRequired extends Error {
  readonly question: string;

  constructor(question: string) {
    super(question);
    this.question = question;
  }

  result(): InputRequiredResult {
    const asked = { message: this.question, requestedSchema: ANSWER_TO_QUESTION };
    return inputRequired({ inputRequests: { [ANSWER_KEY]: inputRequired.elicit(asked) } });
  }
}

/** Lets a call go on if nothing in it needs consent, or if the person agrees. */
export function consentFrom(
  ask: (question: string) => Promise<boolean>,
  confirm: readonly ConsentKind[],
): (kinds: readonly ConsentKind[], question: string) => Promise<void> {
  return async (kinds, question) => {
    if (!kinds.some((kind) => confirm.includes(kind))) return;
    if (await ask(question)) return;
    throw backendError('PERMISSION_DENIED', 'The person at the client did not agree; nothing was changed');
  };
}
