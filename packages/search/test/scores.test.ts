import { expect, test } from 'vitest';
import { indexOf } from './index-of.ts';

const others = Object.fromEntries(
  Array.from({ length: 40 }, (_, i) => [
    `other${i}.md`,
    `A note about number ${i} and what is done on day ${i}.`,
  ]),
);

test('say how much of what was asked for is there, so that results of several vaults can be ranked together', async () => {
  const much = indexOf({ ...others, 'much.md': 'The kingfisher dives into rivers.' });
  const little = indexOf({ ...others, 'little.md': 'Rivers.' });
  const query = 'kingfisher diving rivers';
  const [first] = await much.search(query);
  const [second] = await little.search(query);
  expect(first?.path).toBe('much.md');
  expect(second?.path).toBe('little.md');
  expect(first!.score).toBeGreaterThan(second!.score + 0.1);
  for (const { score } of [first!, second!]) expect(score > 0 && score <= 1).toBe(true);
});

test('the rarest words choose, and all words rank', async () => {
  // 1,350, 1,260 and 1,380 of 3,000 hold one of three words, too few to be left out and enough to choose from; two hold a rare one.
  const word = (is: boolean, name: string): string => (is ? name : 'nothing');
  const texts = Object.fromEntries(
    Array.from({ length: 3000 }, (_, i) => [
      `n${i}.md`,
      [
        word(i % 100 < 42 || i === 99, 'water'),
        word(i % 100 >= 55, 'garden'),
        word(i % 100 >= 54 && i !== 199, 'roof'),
        word(i === 99 || i === 199, 'kingfisher'),
      ].join(' '),
    ]),
  );
  const [first, second] = await indexOf(texts).search('roof garden water kingfisher');
  expect([first?.path, second?.path]).toEqual(['n99.md', 'n199.md']);
  expect(first!.score).toBeGreaterThan(second!.score);
});

test('of two files whose best passages say the same, the one that says more comes first', async () => {
  const once = '# Notes\n\nThe kingfisher dives.\n\n# Else\n\nBread rises slowly overnight.\n';
  const twice = '# Notes\n\nThe kingfisher dives.\n\n# Else\n\nThe kingfisher waits overnight.\n';
  const index = indexOf({ ...others, 'a.md': once, 'b.md': twice });
  const [first, second] = await index.search('kingfisher dives');
  expect([first?.path, second?.path]).toEqual(['b.md', 'a.md']);
  expect(first!.line).toBe(3);
  expect(first!.score).toBeGreaterThan(second!.score);
  expect(first!.score).toBeLessThanOrEqual(1);
});

test('are the same for an index of few passages and one of more, and say something of words that are everywhere', async () => {
  const scoreAmong = async (count: number, query: string): Promise<number> => {
    const texts = Array.from({ length: count }, (_, i) => [`n${i}.md`, `The note ${i} of day ${i % 7}.`]);
    const index = indexOf({ ...Object.fromEntries(texts), 'bird.md': 'The kingfisher of the river.' });
    return (await index.search(query))[0]!.score;
  };
  for (const query of ['kingfisher', 'kingfisher waiting for rain', 'kingfisher of the river']) {
    const [few, more] = [await scoreAmong(450, query), await scoreAmong(550, query)];
    expect(Math.abs(few - more), query).toBeLessThan(0.03);
  }
  expect(await scoreAmong(550, 'the')).toBeGreaterThan(0.2);
  expect(await scoreAmong(1, 'the')).toBeGreaterThan(0.2);
});

test('a word counts the more the fewer notes hold it, in a vault of three notes too', async () => {
  const index = indexOf({
    'both.md': 'Heron, heron. Roof.',
    'rare.md': 'Roof. Kingfisher, kingfisher.',
    'often.md': 'Heron. Roof.',
  });
  expect((await index.paths('heron kingfisher'))[0]).toBe('rare.md');
});
