import { FileInfo } from '@f9/core';
import {
  assertReadable,
  type BackendPath,
  backendError,
  baseName,
  compareBytes,
  isWithin,
  joinPath,
  parentPath,
  ROOT,
} from '@f9/core/driver';
import {
  compareVersions,
  type DamagedEntry,
  type DirectoryEntry,
  type Entry,
  etagOf,
  type FileEntry,
  isSearchable,
  type PieceEntry,
} from './entry.ts';

/** A place in the tree: there as long as anything is at it or below it. */
class Node {
  readonly path: BackendPath;
  readonly parent: Node | undefined;
  readonly children: Map<string, Node> = new Map();
  /** Versions of the file, oldest first; the last one is current. */
  versions: FileEntry[] = [];
  directories: DirectoryEntry[] = [];
  damaged: DamagedEntry[] = [];

  constructor(path: BackendPath, parent: Node | undefined) {
    this.path = path;
    this.parent = parent;
  }

  get isEmpty(): boolean {
    const { children, versions, directories, damaged } = this;
    return children.size === 0 && versions.length === 0 && directories.length === 0 && damaged.length === 0;
  }

  get info(): FileInfo {
    const file = this.versions.at(-1);
    if (file !== undefined) return fileInfo(file);
    const [damaged] = this.damaged;
    if (damaged !== undefined) {
      return new FileInfo({ path: this.path, fileType: 'file', etag: `damaged-${damaged.fileId}` });
    }
    const made = this.directories.at(0)?.createdAt;
    return new FileInfo({
      path: this.path,
      fileType: 'directory',
      ...(made === undefined ? {} : { createdAt: new Date(made), modifiedAt: new Date(made) }),
    });
  }
}

/** The file as `info` and `list` show it. */
export function fileInfo(file: FileEntry): FileInfo {
  return new FileInfo({
    path: file.path,
    fileType: 'file',
    size: file.size,
    createdAt: new Date(file.createdAt),
    modifiedAt: new Date(file.modifiedAt),
    etag: etagOf(file),
    searchable: isSearchable(file),
  });
}

/** The entries of a store as files and directories. Most directories exist because something lies in them. */
export class EntryTree {
  readonly #root = new Node(ROOT, undefined);
  readonly #entries = new Map<string, Entry | DamagedEntry>();
  /** Files by write id; pieces likewise. */
  readonly #files = new Map<string, FileEntry>();
  readonly #pieces = new Map<string, Set<PieceEntry>>();
  /** Files that the service refused to process, by the checksum of their content. */
  readonly #refused = new Map<string, number>();

  /** Adds an entry, or newer knowledge of one. */
  put(entry: Entry | DamagedEntry): void {
    const known = this.#entries.get(entry.fileId);
    if (known !== undefined) {
      if (isOlder(entry, known)) return;
      this.drop(entry.fileId);
    }
    this.#entries.set(entry.fileId, entry);
    if (entry.kind === 'file') {
      this.#files.set(entry.writeId, entry);
      if (entry.gap === 'refused') count(this.#refused, entry.sha256, 1);
      const node = this.#grow(entry.path);
      node.versions = [...node.versions, entry].sort(compareVersions);
    } else if (entry.kind === 'directory') {
      const node = this.#grow(entry.path);
      node.directories = [...node.directories, entry].sort(compareVersions);
    } else if (entry.kind === 'damaged') {
      if (entry.path !== undefined) this.#grow(entry.path).damaged.push(entry);
    } else {
      const pieces = this.#pieces.get(entry.writeId) ?? new Set();
      this.#pieces.set(entry.writeId, pieces.add(entry));
    }
  }

  drop(fileId: string): void {
    const entry = this.#entries.get(fileId);
    if (entry === undefined) return;
    this.#entries.delete(fileId);
    if ('path' in entry) {
      if (entry.kind === 'file') {
        this.#files.delete(entry.writeId);
        if (entry.gap === 'refused') count(this.#refused, entry.sha256, -1);
      }
      if (entry.path === undefined) return;
      const node = this.#find(entry.path)!;
      node.versions = node.versions.filter((version) => version !== entry);
      node.directories = node.directories.filter((directory) => directory !== entry);
      node.damaged = node.damaged.filter((damaged) => damaged !== entry);
      prune(node);
    } else {
      const pieces = this.#pieces.get(entry.writeId)!;
      pieces.delete(entry);
      if (pieces.size === 0) this.#pieces.delete(entry.writeId);
    }
  }

  entry(fileId: string): Entry | undefined {
    const entry = this.#entries.get(fileId);
    return entry?.kind === 'damaged' ? undefined : entry;
  }

  /** Whether the file bears our mark but no readable path. */
  isUnnameable(fileId: string): boolean {
    const entry = this.#entries.get(fileId);
    return entry?.kind === 'damaged' && entry.path === undefined;
  }

  /** Entries without a path, by the names that they show. */
  unnameable(): string[] {
    const shown: string[] = [];
    for (const entry of this.#entries.values()) {
      if (entry.kind === 'damaged' && entry.path === undefined) shown.push(entry.shown);
    }
    return shown;
  }

  info(path: BackendPath): FileInfo | undefined {
    return this.#find(path)?.info;
  }

  /** The current file at `path`. @throws `NOT_FOUND`, `IS_DIRECTORY`; `INTEGRITY` where it is damaged */
  readable(path: BackendPath): FileEntry {
    assertReadable(path, this.info(path));
    const file = this.file(path);
    if (file === undefined) throw damagedAttributes(path);
    return file;
  }

  /** The current file at `path`. */
  file(path: BackendPath): FileEntry | undefined {
    return this.#find(path)?.versions.at(-1);
  }

  /** Every version at `path` that is not removed yet, oldest first. */
  versions(path: BackendPath): readonly FileEntry[] {
    return this.#find(path)?.versions ?? [];
  }

  /** The file of a write, while it is the current version. */
  currentFile(writeId: string): FileEntry | undefined {
    const file = this.#files.get(writeId);
    return file !== undefined && this.file(file.path) === file ? file : undefined;
  }

  /** Every version at `path`, damaged ones too. */
  filesAt(path: BackendPath): (FileEntry | DamagedEntry)[] {
    const node = this.#find(path);
    return node === undefined ? [] : [...node.versions, ...node.damaged];
  }

  directoryEntries(path: BackendPath): readonly DirectoryEntry[] {
    return this.#find(path)?.directories ?? [];
  }

  pieces(writeId: string): PieceEntry[] {
    return [...(this.#pieces.get(writeId) ?? [])];
  }

  /** Whether all parts of the file that belong in the store are there. */
  hasAllParts({ writeId, size, bytes }: FileEntry): boolean {
    if (bytes.form !== 'carrier') return true;
    const parts = Math.ceil(size / bytes.partSize);
    const numbers = new Set<number>();
    for (const piece of this.#pieces.get(writeId) ?? []) {
      if (piece.kind === 'part' && piece.number < parts) numbers.add(piece.number);
    }
    return numbers.size === parts;
  }

  /** Whether the service refused to process a file with this content. */
  isRefused(sha256: string): boolean {
    return this.#refused.has(sha256);
  }

  /** Whether something lies in the directory, apart from files that `ignored` names. */
  hasContent(
    path: BackendPath,
    ignored: (entry: FileEntry | DirectoryEntry | DamagedEntry) => boolean = () => false,
  ): boolean {
    const node = this.#find(path);
    return node !== undefined && anyChildHolds(node, ignored);
  }

  /** The tree below a directory in pre-order, siblings by UTF-8 bytes, down to `maxDepth` levels. */
  below(path: BackendPath, maxDepth: number): FileInfo[] {
    const infos: FileInfo[] = [];
    const walk = (node: Node, depth: number): void => {
      const children = [...node.children].sort(([a], [b]) => compareBytes(a, b));
      for (const [, child] of children) {
        const { info } = child;
        infos.push(info);
        // Two processes may have made a file and a directory of one name: the file is current, and hides what is below it.
        if (depth < maxDepth && info.isDir) walk(child, depth + 1);
      }
    };
    const start = this.#find(path);
    if (start !== undefined) walk(start, 1);
    return infos;
  }

  /** Every entry at or below `path`: files and directories, without their pieces. */
  under(path: BackendPath): (FileEntry | DirectoryEntry | DamagedEntry)[] {
    const found: (FileEntry | DirectoryEntry | DamagedEntry)[] = [];
    const walk = (node: Node): void => {
      found.push(...node.versions, ...node.directories, ...node.damaged);
      for (const child of node.children.values()) walk(child);
    };
    const start = this.#find(path);
    if (start !== undefined) walk(start);
    return found;
  }

  /** The current files below a directory. */
  filesBelow(path: BackendPath): FileEntry[] {
    return this.under(path).filter(
      (entry): entry is FileEntry =>
        entry.kind === 'file' && isWithin(parentPath(entry.path), path) && this.file(entry.path) === entry,
    );
  }

  /** The directories at and below `path` that files lie in. */
  directoriesOfFiles(path: BackendPath): Set<BackendPath> {
    return new Set(this.filesBelow(path).map((file) => parentPath(file.path)));
  }

  #find(path: BackendPath): Node | undefined {
    if (path === ROOT) return this.#root;
    let node: Node | undefined = this.#root;
    for (const name of path.split('/')) {
      node = node.children.get(name);
      if (node === undefined) return undefined;
    }
    return node;
  }

  #grow(path: BackendPath): Node {
    let node = this.#root;
    for (const name of path.split('/')) {
      let child = node.children.get(name);
      if (child === undefined) {
        child = new Node(joinPath(node.path, name), node);
        node.children.set(name, child);
      }
      node = child;
    }
    return node;
  }
}

/** Whether `entry` is an earlier state of `known`, from a list that does not show a move yet. */
function isOlder(entry: Entry | DamagedEntry, known: Entry | DamagedEntry): boolean {
  return entry.kind === 'file' && known.kind === 'file' && entry.generation < known.generation;
}

function prune(node: Node): void {
  if (!node.isEmpty || node.parent === undefined) return;
  node.parent.children.delete(baseName(node.path));
  prune(node.parent);
}

/** Stops at the first entry that counts, since a directory may be large. */
function anyChildHolds(
  node: Node,
  ignored: (entry: FileEntry | DirectoryEntry | DamagedEntry) => boolean,
): boolean {
  for (const child of node.children.values()) {
    if ([...child.versions, ...child.directories, ...child.damaged].some((entry) => !ignored(entry)))
      return true;
    if (anyChildHolds(child, ignored)) return true;
  }
  return false;
}

function count(counts: Map<string, number>, key: string, change: 1 | -1): void {
  const left = (counts.get(key) ?? 0) + change;
  if (left > 0) counts.set(key, left);
  else counts.delete(key);
}

/** The error where the attributes of a file are not what f9 wrote. */
function damagedAttributes(path: BackendPath): Error {
  return backendError(
    'INTEGRITY',
    `The vector store gives back attributes of ${JSON.stringify(path)} that f9 did not write; read again, and if it stays so write the file again from its source, or delete it`,
    { path },
  );
}
