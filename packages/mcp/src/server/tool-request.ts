import { backendError } from '@f9/core/driver';
import { acceptedContent, type ServerContext } from '@modelcontextprotocol/server';
import { ANSWER_KEY, ANSWER_TO_QUESTION, ConsentRequired } from './consent.ts';

/** A request that calls a tool, whichever version of the SDK it came by. */
export interface ToolRequest {
  readonly signal: AbortSignal;
  /** Asks the person at the client to go on. @throws `ConsentRequired` where the client has to call again for that */
  readonly ask: (question: string) => Promise<boolean>;
  readonly tellProgress: (progress: {
    readonly done: number;
    readonly total: number;
    readonly what: string;
  }) => void;
}

/** A server of the SDK's version 1, as far as tools need it. */
export interface OlderMcpServer {
  /** Adds a tool. */
  registerTool(name: string, config: never, callback: never): unknown;
  /** The protocol below it. */
  readonly server: {
    /** Asks the person at the client. */
    elicitInput(params: never): Promise<{ readonly action: string; readonly content?: unknown }>;
  };
}

/** The parameters of a request, of which one may be a token for progress. */
interface Meta {
  readonly progressToken?: string | number | undefined;
}

/** The context of a call in version 1 of the SDK. */
export interface OlderContext {
  readonly signal: AbortSignal;
  readonly _meta?: Meta;
  readonly sendNotification: (notification: never) => Promise<void>;
}

export function requestOf({ mcpReq }: ServerContext): ToolRequest {
  const { inputResponses, signal } = mcpReq;
  return {
    signal,
    ask: async (question) => {
      if (inputResponses?.[ANSWER_KEY] === undefined) throw new ConsentRequired(question);
      return acceptedContent(inputResponses, ANSWER_KEY, ANSWER_TO_QUESTION)?.confirm === true;
    },
    tellProgress: progressTo(mcpReq._meta, (notification) => mcpReq.notify(notification)),
  };
}

/** @param server the one that the call came to, which asks back while the call waits */
export function olderRequestOf(
  { signal, _meta, sendNotification }: OlderContext,
  { server }: Pick<OlderMcpServer, 'server'>,
): ToolRequest {
  return {
    signal,
    ask: async (message) => {
      const requestedSchema = {
        type: 'object',
        properties: { confirm: { type: 'boolean', description: 'Go on' } },
        required: ['confirm'],
      };
      const question = { message, requestedSchema };
      const { action, content } = await server.elicitInput(question as never).catch((cause: unknown) => {
        const why = 'The client cannot ask the person, who has to agree; nothing was changed';
        throw backendError('PERMISSION_DENIED', why, { cause });
      });
      return action === 'accept' && ANSWER_TO_QUESTION.safeParse(content).data?.confirm === true;
    },
    tellProgress: progressTo(_meta, (notification) => sendNotification(notification as never)),
  };
}

function progressTo(
  { progressToken }: Meta = {},
  notify: (notification: {
    method: 'notifications/progress';
    params: { progressToken: string | number; progress: number; total: number; message: string };
  }) => Promise<void>,
): ToolRequest['tellProgress'] {
  return ({ done, total, what }) => {
    if (progressToken === undefined) return;
    const params = { progressToken, progress: done, total, message: what };
    // The client may have left.
    notify({ method: 'notifications/progress', params }).catch(() => undefined);
  };
}
