import { invalid } from '../state/api-error.ts';
import type { Chunking } from '../state/attached-file.ts';
import { oneOf, requiredInteger, wrongType } from './validation.ts';

const AUTO: Chunking = { size: 800, overlap: 400 };

export function readChunking(value: unknown): Chunking {
  if (value === undefined || value === null) return AUTO;
  if (typeof value !== 'object') throw wrongType('chunking_strategy', 'an object', value);
  const strategy = value as Record<string, unknown>;
  if (oneOf(strategy.type, 'chunking_strategy.type', ['auto', 'static']) === 'auto') return AUTO;
  const details = strategy.static;
  if (typeof details !== 'object' || details === null) {
    throw wrongType('chunking_strategy.static', 'an object', details);
  }
  const fields = details as Record<string, unknown>;
  const size = requiredInteger(fields, 'max_chunk_size_tokens', 100, 4096);
  const overlap = requiredInteger(fields, 'chunk_overlap_tokens', 0, Number.MAX_SAFE_INTEGER);
  if (overlap > size / 2) {
    throw invalid(
      "'chunk_overlap_tokens' must not exceed half of 'max_chunk_size_tokens'.",
      'chunking_strategy',
    );
  }
  return { size, overlap };
}
