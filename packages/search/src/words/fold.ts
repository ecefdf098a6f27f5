/** Letters that are not made by a mark, with the letters that they are searched as. */
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  ẞ: 'ss',
  ø: 'o',
  Ø: 'o',
  ł: 'l',
  Ł: 'l',
  đ: 'd',
  Đ: 'd',
  ı: 'i',
  İ: 'i',
  æ: 'ae',
  Æ: 'ae',
  œ: 'oe',
  Œ: 'oe',
};

/** Marks in scripts where they only make another spelling of the same letter; in Thai or Devanagari they are vowels. */
const MARKS = /(?<=[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}])\p{M}+/gu;

/** Lower case, letters without marks: `Straße` and `STRASSE`, `ёлка` and `елка` are the same word. */
export function fold(text: string): string {
  if (!/[^\0-\x7f]/.test(text)) return text.toLowerCase();
  return text
    .replace(/[ßẞøØłŁđĐıİæÆœŒ]/g, (letter) => LETTERS[letter]!)
    .toLowerCase()
    .normalize('NFKD')
    .replace(MARKS, '')
    .normalize('NFC');
}
