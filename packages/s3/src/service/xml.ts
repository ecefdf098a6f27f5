import { parseXml, XmlElement, type XmlText } from '@rgrove/parse-xml';

/** An element of an answer. */
export class Answer {
  readonly #element: XmlElement;

  constructor(element: XmlElement) {
    this.#element = element;
  }

  get name(): string {
    return this.#element.name;
  }

  /** The text of the first child of this name. */
  text(name: string): string | undefined {
    return this.all(name)[0]?.own;
  }

  /** Every child of this name. */
  all(name: string): Answer[] {
    return this.#element.children.flatMap((child) =>
      child instanceof XmlElement && child.name === name ? [new Answer(child)] : [],
    );
  }

  /** The text of this element. */
  get own(): string {
    return this.#element.children.map((child) => ('text' in child ? (child as XmlText).text : '')).join('');
  }
}

// Characters that XML must not hold. Servers repeat a request's text as it is, with such characters; keys come encoded.
const NO_XML =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|x0*(?:[0-8bcef]|1[0-9a-f]|fff[ef]));/gi;

/** An answer, whole to its last tag; `undefined` where it is no XML, or was cut off. */
export function parseAnswer(xml: string): Answer | undefined {
  if (xml === '') return undefined;
  try {
    const { root } = parseXml(xml.replace(NO_XML, '\ufffd'));
    return root === null ? undefined : new Answer(root);
  } catch {
    return undefined;
  }
}

/** Whether XML can hold a text at all, escaped or not. */
export function fitsXml(text: string): boolean {
  return escapeXml(text).search(NO_XML) < 0;
}

/** The text, escaped for XML. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"'\r\n\t]/g, (char) => `&#${char.codePointAt(0)};`);
}
