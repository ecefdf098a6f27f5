import type { ConsentKind } from '@f9/agents';
import { backendError } from '@f9/core/driver';
import {
  acceptedContent,
  type InputRequiredResult,
  inputRequired,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';

const KEY = 'consent';
const SCHEMA = z.object({ confirm: z.boolean().describe('Go on') });

/** Thrown where a tool needs the consent of the person at the client first: the client asks, and calls again. */
export class ConsentRequired extends Error {
  readonly question: string;

  constructor(question: string) {
    super(question);
    this.question = question;
  }

  result(): InputRequiredResult {
    return inputRequired({
      inputRequests: { [KEY]: inputRequired.elicit({ message: this.question, requestedSchema: SCHEMA }) },
    });
  }
}

/** Lets a call go on if nothing in it needs consent, or if consent came with it. */
export function consentFrom(
  { mcpReq: { inputResponses } }: ServerContext,
  confirm: readonly ConsentKind[],
): (kinds: readonly ConsentKind[], question: string) => Promise<void> {
  return async (kinds, question) => {
    if (!kinds.some((kind) => confirm.includes(kind))) return;
    if (inputResponses?.[KEY] === undefined) throw new ConsentRequired(question);
    if (acceptedContent(inputResponses, KEY, SCHEMA)?.confirm === true) return;
    throw backendError('PERMISSION_DENIED', 'The person at the client did not agree; nothing was changed');
  };
}
