import fc from 'fast-check';

/** Any code point; more of those of each length in UTF-8 than chance would give, and of halves of surrogate pairs. */
export const codePoint: fc.Arbitrary<string> = fc
  .oneof(
    fc.integer({ min: 0, max: 0x7f }),
    fc.integer({ min: 0x80, max: 0x7ff }),
    fc.integer({ min: 0x800, max: 0xffff }),
    fc.integer({ min: 0x1_0000, max: 0x10_ffff }),
    fc.constantFrom(0, 0xd7ff, 0xd83d, 0xde00, 0xe000, 0xfb01, 0xfeff, 0xffff),
  )
  .map((point) => String.fromCodePoint(point));

/** Text of code units, not always whole characters. */
export const anyText: fc.Arbitrary<string> = fc.string({ unit: codePoint, maxLength: 12 });

/** Text of whole characters. */
export const wellFormedText: fc.Arbitrary<string> = anyText.map((text) => text.toWellFormed());
