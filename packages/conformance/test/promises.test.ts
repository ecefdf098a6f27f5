import { GROUPS, PROMISES } from '@f9/conformance';
import { expect, test } from 'vitest';

const cases = GROUPS.flatMap((group) => group.cases.map((item) => ({ ...item, group: group.name })));

test('every promise has a case that proves it', () => {
  const proven = new Set<string>(cases.flatMap(({ promises }) => promises));
  expect(Object.keys(PROMISES).filter((id) => !proven.has(id))).toEqual([]);
});

test('every case names promises that are made', () => {
  const strangers = cases.filter(
    ({ promises }) => promises.length === 0 || promises.some((id) => !(id in PROMISES)),
  );
  expect(strangers.map(({ group, title }) => `${group}: ${title}`)).toEqual([]);
});

test('no two cases have the same name', () => {
  const names = cases.map(({ promises, title }) => `${promises.join()}: ${title}`);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});

test('no promise is made twice', () => {
  const sentences = Object.values<string>(PROMISES);
  expect(sentences.filter((sentence, i) => sentences.indexOf(sentence) !== i)).toEqual([]);
});
